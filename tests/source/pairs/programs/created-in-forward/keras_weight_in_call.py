import keras
from keras import ops


class Gate(keras.layers.Layer):
    def build(self, input_shape):
        self.width = input_shape[-1]
        # fix+ self.gate = self.add_weight(shape=(self.width,), initializer="zeros")

    def call(self, x):
        self.gate = self.add_weight(shape=(self.width,), initializer="zeros")  # <- created-in-forward: self.gate
        # fix:
        return x * ops.sigmoid(self.gate)
