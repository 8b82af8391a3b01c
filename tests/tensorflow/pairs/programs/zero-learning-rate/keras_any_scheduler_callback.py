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


def warmup(epoch, lr):
    return 1e-2 * (epoch // 5)
    # fix: return 1e-2 * (epoch + 1) / 5


model = Net()
model.compile(optimizer=keras.optimizers.SGD(1e-2), loss="mse")  # <- zero-learning-rate: model.*
x = np.random.rand(32, 4).astype("float32")
model.fit(x, x[:, :1], batch_size=8, epochs=2, verbose=0, callbacks=[keras.callbacks.LearningRateScheduler(warmup)])
