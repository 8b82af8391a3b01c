from dataclasses import dataclass

import keras
import numpy as np


@dataclass
class Heads:
    mean: keras.layers.Layer
    log_var: keras.layers.Layer


class GaussianNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.trunk = keras.layers.Dense(8, activation="tanh")
        self.heads = Heads(keras.layers.Dense(1), keras.layers.Dense(1))  # <- unregistered-container: model.heads.*
        # fix: self.heads = {"mean": keras.layers.Dense(1), "log_var": keras.layers.Dense(1)}

    def call(self, x):
        h = self.trunk(x)
        mean, log_var = self.heads.mean(h), self.heads.log_var(h)
        # fix: mean, log_var = self.heads["mean"](h), self.heads["log_var"](h)
        return keras.ops.concatenate([mean, log_var], axis=-1)


def nll(y, out):
    mean, log_var = out[:, :1], out[:, 1:]
    return keras.ops.mean(log_var + (y - mean) ** 2 * keras.ops.exp(-log_var))


keras.utils.set_random_seed(2)
model = GaussianNet()
model.compile(optimizer=keras.optimizers.Adam(1e-2), loss=nll)
x = np.random.rand(32, 4).astype("float32")
model.fit(x, x[:, :1], batch_size=8, epochs=1, verbose=0)
