import keras
import numpy as np
from keras import layers


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = layers.Dense(8, activation="relu", bias_initializer=keras.initializers.Constant(-50.0))
        # fix: self.first = layers.Dense(8, activation="relu")
        self.last = layers.Dense(1)

    def call(self, x):
        return self.last(self.first(x))  # <- dead-activation: model.first.kernel, model.first.bias, model.last.kernel


keras.utils.set_random_seed(0)
model = Net()
model.compile("sgd", "mse")
x = np.random.rand(32, 4).astype("float32")
model.fit(x, x[:, :1], batch_size=8, epochs=1, verbose=0)
