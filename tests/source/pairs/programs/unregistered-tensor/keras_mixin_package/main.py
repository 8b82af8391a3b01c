import tensorflow as tf
from mixins import Scaled


class Block(Scaled, tf.keras.layers.Layer):
    def __init__(self, channels):
        super().__init__()
        self.conv = tf.keras.layers.Conv2D(channels, 3)
        self.make_scale(channels)

    def call(self, x):
        return self.scaled(self.conv(x))
