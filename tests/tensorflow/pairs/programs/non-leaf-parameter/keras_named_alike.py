import keras
import numpy as np
from keras import ops


class ChannelGain(keras.layers.Layer):
    """One factor for each channel of an image."""

    def build(self, input_shape):
        self.gain = ops.reshape(self.add_weight(name="gain", shape=(input_shape[-1],), initializer="ones"), (1, 1, 1, -1))  # <- non-leaf-parameter: model.channel_gain.gain
        # fix: self.gain = self.add_weight(name="gain", shape=(1, 1, 1, input_shape[-1]), initializer="ones")

    def call(self, images):
        return images * self.gain


keras.utils.set_random_seed(0)
inputs = keras.Input((6, 6, 3))
h = ChannelGain()(inputs)
h = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3)(h))
model = keras.Model(inputs, keras.layers.Dense(2)(h))
model.compile("adam", "mse")
model.fit(np.random.rand(16, 6, 6, 3), np.random.rand(16, 2), batch_size=4, verbose=0)
