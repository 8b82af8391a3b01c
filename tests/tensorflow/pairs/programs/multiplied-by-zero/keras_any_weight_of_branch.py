import keras
import numpy as np
from keras import layers


class TwoBranches(keras.Model):
    def __init__(self, mix=0.0):
    # fix: def __init__(self, mix=0.5):
        super().__init__()
        self.mix = mix
        self.main = layers.Dense(4, activation="tanh")
        self.side = layers.Dense(4, activation="tanh")
        self.out = layers.Dense(1)

    def call(self, x):
        return self.out(self.main(x) + self.mix * self.side(x))  # <- warning multiplied-by-zero: model.side.kernel, model.side.bias


keras.utils.set_random_seed(0)
model = TwoBranches()
model.compile("adam", "mse")
x = np.random.rand(32, 4).astype("float32")
model.fit(x, x[:, :1], batch_size=8, epochs=1, verbose=0)
