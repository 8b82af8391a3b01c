import keras
import tensorflow as tf


class Shift(keras.layers.Layer):
    """Adds a learned number to each feature."""

    def __init__(self, features, **kwargs):
        # fix+ super().__init__(**kwargs)
        self.features = features
        self.shift = tf.Variable(tf.zeros([features]))  # <- warning unregistered-tensor: self.shift
        # fix: self.shift = self.add_weight(shape=(features,), initializer="zeros", name="shift")
        super().__init__(**kwargs)
        # fix:

    def call(self, inputs):
        return inputs + self.shift
