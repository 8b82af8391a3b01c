import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)


class TwoHeads(keras.Model):
    def __init__(self):
        super().__init__()
        self.trunk = layers.Dense(8, activation="tanh")
        self.depth = layers.Dense(1)
        self.edges = layers.Dense(1)

    def call(self, x):
        h = self.trunk(x)
        return {"depth": self.depth(h), "edges": self.edges(h)}


model = TwoHeads()
weights = {"depth": 1.0, "edges": 0.0}
# fix: weights = {"depth": 1.0, "edges": 0.3}
model.compile("sgd", loss={"depth": "mse", "edges": "mse"}, loss_weights=weights)
x = np.random.rand(32, 6).astype("float32")
y = {"depth": x[:, :1], "edges": x[:, 1:2]}
model.fit(x, y, batch_size=8, epochs=1, verbose=0)  # <- warning multiplied-by-zero: model.edges.kernel, model.edges.bias
