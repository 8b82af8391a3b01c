import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class Block(keras.Model):
    def __init__(self):
        super().__init__()
        self.conv = layers.Dense(8, activation="relu")
        self.out = layers.Dense(1)
        # fix+ self.shortcut = layers.Dense(8, use_bias=False)

    def call(self, x):
        shortcut = layers.Dense(8, use_bias=False)  # <- created-in-forward: shortcut.kernel -> model.shortcut.kernel
        # fix: shortcut = self.shortcut
        return self.out(self.conv(x) + shortcut(x))


keras.utils.set_random_seed(0)
model = Block()
model.compile(optimizer="adam", loss="mse", run_eagerly=True)
x = np.random.rand(32, 4).astype("float32")
model.fit(x, x[:, :1], batch_size=8, epochs=1, verbose=0)
