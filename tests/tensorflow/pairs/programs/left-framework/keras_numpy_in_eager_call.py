import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class Standardised(keras.Model):
    def __init__(self):
        super().__init__()
        self.embed = layers.Dense(6)
        self.out = layers.Dense(1)

    def call(self, x):
        h = self.embed(x)
        h = (h - np.mean(h, axis=0)) / (np.std(h, axis=0) + 1e-3)  # <- left-framework: model.embed.kernel, model.embed.bias
        h = np.maximum(h, 0.0)
        # fix: h = tf.maximum(h, 0.0)
        return self.out(h)


keras.utils.set_random_seed(0)
model = Standardised()
model.compile("adam", "mse", run_eagerly=True)
x = np.random.rand(32, 4).astype("float32")
model.fit(x, x[:, :1], batch_size=8, epochs=1, verbose=0)
