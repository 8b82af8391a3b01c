import numpy as np
import tensorflow as tf
from tensorflow import keras


class MixtureOfScales(keras.Model):
    def __init__(self, n_scales=3):
        super().__init__()
        self.proj = keras.layers.Dense(8)
        self.scales = [tf.Variable(tf.random.uniform([8])) for _ in range(n_scales)]  # <- unregistered-container: model.scales.0, model.scales.1, model.scales.2
        # fix: self.scales = [self.add_weight(shape=(8,), initializer="random_uniform", name=f"s{i}") for i in range(n_scales)]
        self.head = keras.layers.Dense(1)

    def call(self, x):
        h = self.proj(x)
        return self.head(sum(tf.tanh(h * s) for s in self.scales))


tf.random.set_seed(2)
model = MixtureOfScales()
model.compile(optimizer="sgd", loss="mse")
x = np.random.RandomState(0).rand(48, 5).astype("float32")
model.fit(x, x[:, :1], batch_size=12, epochs=1, verbose=0)
