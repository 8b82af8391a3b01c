import keras
import tensorflow as tf


class Positive(keras.layers.Layer):
    """A factor that never becomes negative."""

    def build(self, input_shape):
        raw = self.add_weight(shape=(input_shape[-1],), initializer="zeros", name="raw")
        # fix: self.raw = self.add_weight(shape=(input_shape[-1],), initializer="zeros", name="raw")
        self.scale = tf.nn.softplus(raw)  # <- non-leaf-parameter: self.scale -> self.raw
        # fix:

    def call(self, inputs):
        return inputs * self.scale
        # fix: return inputs * tf.nn.softplus(self.raw)
