import numpy as np
import tensorflow as tf
import tf_keras


class WeightNorm(tf_keras.layers.Layer):
    """A length and a direction in place of the weights."""

    def __init__(self, units):
        super().__init__()
        self.units = units

    def build(self, input_shape):
        self.v = self.add_weight(name="v", shape=(input_shape[-1], self.units), initializer="random_normal")
        self.g = self.add_weight(name="g", shape=(self.units,), initializer="ones")
        self.kernel = self.g * tf.math.l2_normalize(self.v, axis=0)  # <- non-leaf-parameter: model.weight_norm.g, model.weight_norm.v, model.weight_norm.kernel -> model.weight_norm.g, model.weight_norm.v
        # fix:

    def call(self, x):
        return tf.matmul(x, self.kernel)
        # fix: return tf.matmul(x, self.g * tf.math.l2_normalize(self.v, axis=0))


tf_keras.utils.set_random_seed(0)
model = tf_keras.Sequential([WeightNorm(4), tf_keras.layers.Dense(1)])
model.compile("adam", "mse")
x = np.random.rand(32, 4).astype("float32")
model.fit(x, x[:, :1], batch_size=8, verbose=0)
