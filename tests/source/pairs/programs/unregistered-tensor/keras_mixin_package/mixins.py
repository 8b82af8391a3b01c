import tensorflow as tf


class Scaled:
    """Multiplies what comes out by one factor a channel."""

    def make_scale(self, channels):
        self.scale = tf.Variable(tf.ones([channels]), trainable=True, name="scale")  # <- warning unregistered-tensor: self.scale
        # fix: self.scale = self.add_weight(shape=(channels,), initializer="ones", name="scale")

    def scaled(self, x):
        return x * self.scale
