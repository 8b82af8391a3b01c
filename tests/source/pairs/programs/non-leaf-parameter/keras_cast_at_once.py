import tensorflow as tf


class Gain(tf.keras.Model):
    def __init__(self, n, m):
        super().__init__()
        self.gain = tf.cast(self.add_weight(shape=(n,), initializer="ones", dtype="float64"), tf.float32)  # <- non-leaf-parameter: self.gain
        # fix: self.gain = self.add_weight(shape=(n,), initializer="ones")

    def call(self, x):
        return x * self.gain
