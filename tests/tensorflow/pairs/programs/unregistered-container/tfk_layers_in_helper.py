import numpy as np
import tf_keras as keras
from tf_keras import layers

keras.utils.set_random_seed(0)


class Stack:
    def __init__(self, sizes):
        self.layers = [layers.Dense(n, activation="tanh") for n in sizes]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.stack = Stack([6, 6])  # <- unregistered-container: model.stack.*
        # fix: self.stack = keras.Sequential([layers.Dense(n, activation="tanh") for n in (6, 6)])
        self.head = layers.Dense(1)

    def call(self, x):
        return self.head(self.stack(x))


model = Net()
model.compile("adam", "mse")
x = np.random.rand(32, 4).astype("float32")
model.fit(x, x[:, :1], batch_size=8, epochs=1, verbose=0)
