import keras
import numpy as np
from keras import layers


class ResidualMLP(keras.Model):
    def __init__(self):
        super().__init__()
        self.inp = layers.Dense(8, activation="relu")
        self.residual = layers.Dense(8)
        self.out = layers.Dense(1)

    def call(self, x):
        h = self.inp(x)
        r = self.residual(h)  # <- unused: model.residual.kernel, model.residual.bias
        # fix: h = h + self.residual(h)
        return self.out(h)


keras.utils.set_random_seed(0)
model = ResidualMLP()
model.compile(keras.optimizers.SGD(0.05), "mse")
x = np.random.rand(32, 3).astype("float32")
model.fit(x, x.sum(1, keepdims=True), batch_size=8, epochs=1, verbose=0)
