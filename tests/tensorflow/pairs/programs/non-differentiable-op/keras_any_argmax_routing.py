import keras
import numpy as np
from keras import layers, ops


class Router(keras.Model):
    def __init__(self, n=3):
        super().__init__()
        self.n = n
        self.scorer = layers.Dense(n)
        self.table = layers.Dense(4)
        self.out = layers.Dense(1)

    def call(self, x):
        choice = ops.argmax(self.scorer(x), axis=-1)  # <- non-differentiable-op: model.scorer.kernel, model.scorer.bias
        # fix: weights = ops.softmax(self.scorer(x))
        weights = ops.one_hot(choice, self.n)
        # fix:
        return self.out(self.table(weights))


keras.utils.set_random_seed(0)
model = Router()
model.compile("adam", "mse")
x = np.random.rand(24, 5).astype("float32")
model.fit(x, x[:, :1], batch_size=8, epochs=1, verbose=0)
