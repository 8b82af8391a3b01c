import keras
import numpy as np
from keras import layers, ops


class Metric(keras.Model):
    def __init__(self):
        super().__init__()
        self.embed = layers.Dense(4)

    def call(self, x):
        z = self.embed(x)
        d2 = ops.sum((ops.expand_dims(z, 0) - ops.expand_dims(z, 1)) ** 2, axis=-1)
        return ops.sqrt(d2)  # <- nan-gradient: model.embed.kernel, model.embed.bias
        # fix: return ops.sqrt(d2 + 1e-9)


keras.utils.set_random_seed(0)
model = Metric()
optimizer = keras.optimizers.SGD(0.01)
model.compile(optimizer, loss=lambda y, d: ops.mean((d - y) ** 2))
x = np.random.rand(32, 5).astype("float32")
y = np.ones((32, 8), dtype="float32")
model.fit(x, y, batch_size=8, epochs=1, verbose=0)
