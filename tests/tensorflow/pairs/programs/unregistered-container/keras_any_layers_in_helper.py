import keras
import numpy as np
from keras import layers


class Tower:
    """Two dense layers in a row."""

    def __init__(self, width):
        self.first = layers.Dense(width, activation="tanh")
        self.second = layers.Dense(width)

    def __call__(self, x):
        return self.second(self.first(x))


class TwoTower(keras.Model):
    def __init__(self, width=6):
        super().__init__()
        self.query = Tower(width)  # <- unregistered-container: model.query.*
        # fix: self.query = keras.Sequential([layers.Dense(width, activation="tanh"), layers.Dense(width)])
        self.item = layers.Dense(width)

    def call(self, inputs):
        q, i = inputs[:, :4], inputs[:, 4:]
        return keras.ops.sum(self.query(q) * self.item(i), axis=-1, keepdims=True)


keras.utils.set_random_seed(5)
model = TwoTower()
model.compile(optimizer="adam", loss="mse")
x = np.random.normal(size=(32, 8)).astype("float32")
y = np.random.normal(size=(32, 1)).astype("float32")
model.fit(x, y, epochs=2, batch_size=16, verbose=0)
