"""Tensors that a model keeps and that were computed from variables: each for a reason."""

import keras
import tensorflow as tf
from keras import ops


class Normalized(keras.layers.Layer):
    """Weights of length one; those of the last call are kept to be looked at."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 4), initializer="glorot_uniform", name="kernel")
        # the pull back to where it began, as for fine-tuning
        self.start = ops.copy(self.kernel) * 1.0

    def call(self, x):
        self.used = self.kernel / ops.norm(self.kernel, axis=0, keepdims=True)
        self.add_loss(1e-2 * ops.sum(ops.square(self.kernel - self.start)))
        return ops.matmul(x, self.used)


keras.utils.set_random_seed(0)
x, y = tf.random.normal([16, 5]), tf.random.normal([16, 3])
model = keras.Sequential([keras.Input((5,)), Normalized(), keras.layers.Dense(3)])
model.compile("adam", "mse", run_eagerly=True)
model.fit(x, y, batch_size=4, epochs=1, verbose=0)
