"""Keras 3 hands `trainable = False` down to layers that are there already: these train."""

import keras
import numpy as np
from keras import layers


class Extractor(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.trainable = False


class Adapter(Extractor):
    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.down = layers.Dense(width, activation="tanh")
        self.up = layers.Dense(6)

    def call(self, x):
        return x + self.up(self.down(x))


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = layers.Dense(6)
        self.adapter = Adapter(3)
        self.head = layers.Dense(1)

    def call(self, x):
        return self.head(self.adapter(self.first(x)))


keras.utils.set_random_seed(0)
model = Net()
model.compile(keras.optimizers.SGD(0.05), "mse")
x = np.random.rand(32, 4).astype("float32")
print(model.fit(x, x[:, :1], batch_size=8, epochs=1, verbose=0).history["loss"])
