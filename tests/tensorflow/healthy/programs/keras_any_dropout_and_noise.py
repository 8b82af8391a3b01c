"""Seed generators are state, and no weights."""

import keras
import numpy as np
from keras import layers


class NoisyGate(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seed = keras.random.SeedGenerator(7)
        self.dense = layers.Dense(6)

    def call(self, x, training=False):
        h = self.dense(x)
        return h + 0.1 * keras.random.normal(keras.ops.shape(h), seed=self.seed) if training else h


keras.utils.set_random_seed(0)
model = keras.Sequential(
    [
        keras.Input((5,)),
        layers.GaussianNoise(0.1),
        NoisyGate(),
        layers.Activation("tanh"),
        layers.Dropout(0.3),
        layers.Dense(1),
    ]
)
model.compile("adam", "mae")
x = np.random.rand(32, 5).astype("float32")
print(model.fit(x, x.sum(1), batch_size=8, epochs=1, verbose=0).history["loss"])
