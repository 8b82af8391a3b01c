import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


@tf.custom_gradient
def reversed_gradient(x, scale):
    def grad(dy):
        return None, None
        # fix: return -scale * dy, None

    return tf.identity(x), grad


class Reversal(layers.Layer):
    def call(self, x):
        return reversed_gradient(x, 0.3)  # <- custom-gradient: domain_features


inputs = keras.Input((6,))
h = layers.Dense(8, activation="relu", name="domain_features")(inputs)
model = keras.Model(inputs, layers.Dense(2, name="domain")(Reversal()(h)))
model.compile("adam", "mse")
model.fit(np.random.rand(32, 6), np.random.rand(32, 2))
