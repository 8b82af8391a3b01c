from making import weight
from tensorflow.keras import layers


class Tokens(layers.Layer):
    def build(self, input_shape):
        self.token = weight([1, 1, input_shape[-1]], "token")  # <- warning unregistered-tensor: self.token
        # fix: self.token = self.add_weight(shape=(1, 1, input_shape[-1]), name="token")

    def call(self, x):
        return x + self.token
