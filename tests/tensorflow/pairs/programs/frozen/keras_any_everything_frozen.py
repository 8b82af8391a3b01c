import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.base = layers.Dense(8, activation="relu")
        self.head = layers.Dense(1)

    def call(self, x):
        return self.head(self.base(x))


model = Net()
model.build((None, 4))
model.trainable = False  # <- frozen: model.*
# fix: model.base.trainable = True
# no proof: no gradient is asked for, so which value is the loss is not known
model.compile("adam", "mse")
x = np.random.rand(32, 4).astype("float32")
model.fit(x, x[:, :1], batch_size=8, epochs=1, verbose=0)
