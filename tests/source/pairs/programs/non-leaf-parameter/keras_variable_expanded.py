import keras
from keras import layers, ops


class ChannelGain(layers.Layer):
    def __init__(self, channels):
        super().__init__()
        self.gain = ops.reshape(keras.Variable(ops.ones((channels,))), (1, 1, channels))  # <- non-leaf-parameter: self.gain
        # fix: self.gain = keras.Variable(ops.reshape(ops.ones((channels,)), (1, 1, channels)))

    def call(self, x):
        return x * self.gain
