"""Straight-through codes, a codebook loss and a commitment loss: two stop_gradients that belong."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class VectorQuantiser(layers.Layer):
    def __init__(self, n_codes, dim, beta=0.25, **kwargs):
        super().__init__(**kwargs)
        self.n_codes, self.dim, self.beta = n_codes, dim, beta

    def build(self, input_shape):
        self.codes = self.add_weight(shape=(self.n_codes, self.dim), initializer="random_normal", name="codes")

    def call(self, z):
        distances = (
            tf.reduce_sum(z**2, axis=1, keepdims=True)
            - 2 * tf.matmul(z, self.codes, transpose_b=True)
            + tf.reduce_sum(self.codes**2, axis=1)
        )
        quantised = tf.gather(self.codes, tf.argmin(distances, axis=1))
        commitment = tf.reduce_mean((tf.stop_gradient(quantised) - z) ** 2)
        codebook = tf.reduce_mean((quantised - tf.stop_gradient(z)) ** 2)
        self.add_loss(self.beta * commitment + codebook)
        return z + tf.stop_gradient(quantised - z)


keras.utils.set_random_seed(0)
model = keras.Sequential(
    [
        keras.Input((8,)),
        layers.Dense(12, activation="tanh"),
        layers.Dense(4),
        VectorQuantiser(6, 4),
        layers.Dense(12, activation="tanh"),
        layers.Dense(8),
    ]
)
model.compile(keras.optimizers.Adam(1e-2), "mse")
x = np.random.rand(48, 8).astype("float32")
history = model.fit(x, x, batch_size=16, epochs=2, verbose=0)
print(history.history["loss"])
