import numpy as np
import tf_keras as keras
from tf_keras import layers

keras.utils.set_random_seed(0)


class TwoHeads(keras.Model):
    def __init__(self):
        super().__init__()
        self.trunk = layers.Dense(8, activation="relu")
        self.price = layers.Dense(1)
        self.demand = layers.Dense(1)

    def call(self, x):
        h = self.trunk(x)
        demand = self.demand(h)  # <- unused: model.demand.kernel, model.demand.bias
        # fix: h = h + self.demand(h)
        return self.price(h)


model = TwoHeads()
model.compile("adam", "mse")
x = np.random.rand(32, 4).astype("float32")
model.fit(x, x[:, :1], batch_size=8, epochs=1, verbose=0)
