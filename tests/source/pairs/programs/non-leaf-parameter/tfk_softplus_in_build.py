import tensorflow as tf
from tf_keras import layers


class PositiveScale(layers.Layer):
    def build(self, input_shape):
        self.scale = tf.nn.softplus(self.add_weight(name="raw", shape=(input_shape[-1],), initializer="zeros"))  # <- non-leaf-parameter: self.scale -> self.raw
        # fix: self.raw = self.add_weight(name="raw", shape=(input_shape[-1],), initializer="zeros")

    def call(self, inputs):
        return inputs * self.scale
        # fix: return inputs * tf.nn.softplus(self.raw)
