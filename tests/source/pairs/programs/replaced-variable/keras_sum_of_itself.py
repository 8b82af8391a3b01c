import keras
from keras import ops


class Memory(keras.layers.Layer):
    def build(self, input_shape):
        self.slots = self.add_weight(shape=(4, input_shape[-1]), initializer="glorot_uniform", name="slots")

    def call(self, x):
        self.slots = self.slots + 0.1 * ops.mean(x, axis=0, keepdims=True)  # <- replaced-variable: self.slots
        # fix: self.slots.assign(self.slots + 0.1 * ops.mean(x, axis=0, keepdims=True))
        return ops.matmul(x, ops.transpose(self.slots))
