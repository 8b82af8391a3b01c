from tensorflow import keras
from tensorflow.keras import layers


class Compare(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], self.units), initializer=keras.initializers.GlorotUniform(), trainable=False)  # <- warning buffer-not-parameter: self.kernel
        # fix: self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], self.units), initializer=keras.initializers.GlorotUniform())

    def call(self, inputs):
        return inputs @ self.kernel
