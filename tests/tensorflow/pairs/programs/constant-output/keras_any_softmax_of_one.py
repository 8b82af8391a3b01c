import keras
import numpy as np
from keras import layers


class Binary(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(8, activation="tanh")
        self.out = layers.Dense(1)

    def call(self, x):
        return keras.ops.softmax(self.out(self.hidden(x)))  # <- constant-output: model.hidden.*, model.out.*
        # fix: return keras.ops.sigmoid(self.out(self.hidden(x)))


keras.utils.set_random_seed(0)
model = Binary()
model.compile("sgd", "mse")
x = np.random.normal(size=(32, 4)).astype("float32")
y = (x[:, :1] > 0).astype("float32")
model.fit(x, y, batch_size=8, epochs=1, verbose=0)
