import tensorflow as tf
from tensorflow.keras import layers


class Gate(layers.Layer):
    def __init__(self, width):
        super().__init__()
        self.score = layers.Dense(width, activation="sigmoid")
        self.value = layers.Dense(width)

    def call(self, x):
        gate = tf.stop_gradient(self.score(x))  # <- warning detached: self.score
        # fix: gate = self.score(x)
        return gate * self.value(x)
