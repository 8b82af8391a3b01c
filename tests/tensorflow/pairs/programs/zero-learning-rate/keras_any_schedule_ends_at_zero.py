import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(8, activation="relu")
        self.out = layers.Dense(1)

    def call(self, x):
        return self.out(self.hidden(x))


model = Net()
schedule = keras.optimizers.schedules.PolynomialDecay(0.0, decay_steps=100, end_learning_rate=0.0)
# fix: schedule = keras.optimizers.schedules.PolynomialDecay(0.01, decay_steps=100, end_learning_rate=0.0)
model.compile(optimizer=keras.optimizers.SGD(schedule), loss="mse")  # <- zero-learning-rate: model.*
x = np.random.rand(32, 4).astype("float32")
model.fit(x, x[:, :1], batch_size=8, epochs=1, verbose=0)
