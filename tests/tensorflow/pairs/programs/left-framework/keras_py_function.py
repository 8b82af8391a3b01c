import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


def _sort_np(a):
    return np.sort(a, axis=-1)


class SortPool(keras.Model):
    def __init__(self):
        super().__init__()
        self.embed = layers.Dense(6)
        self.out = layers.Dense(1)

    def call(self, x):
        h = self.embed(x)
        h_sorted = tf.numpy_function(_sort_np, [h], tf.float32)  # <- left-framework: model.embed.kernel, model.embed.bias
        # fix: h_sorted = tf.sort(h, axis=-1)
        # no proof: what NumPy does inside of a traced function cannot be run again
        # no proof: a Python function inside of a traced one, whose result nobody sees
        h_sorted = tf.reshape(h_sorted, [-1, 6])
        return self.out(h_sorted)


keras.utils.set_random_seed(0)
model = SortPool()
model.compile(optimizer="adam", loss="mse", jit_compile=False)
x = np.random.rand(32, 4).astype("float32")
model.fit(x, x[:, :1], batch_size=8, epochs=1, verbose=0)
