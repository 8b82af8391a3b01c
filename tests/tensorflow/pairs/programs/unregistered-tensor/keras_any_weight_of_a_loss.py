import keras
import numpy as np
from keras import layers, ops


class Weighted(keras.losses.Loss):
    """The balance of two errors is to be learned."""

    def __init__(self):
        super().__init__()
        self.log_var = keras.Variable(np.zeros(2, "float32"), name="log_var")  # <- unregistered-tensor: loss.log_var -> model.log_var

    def call(self, y, out):
        error = ops.mean((y - out) ** 2, axis=0)
        return ops.sum(ops.exp(-self.log_var) * error + self.log_var)


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(8, activation="tanh")
        self.out = layers.Dense(2)

    def call(self, x):
        return self.out(self.hidden(x))


keras.utils.set_random_seed(0)
loss = Weighted()
model = Net()
# fix+ model.log_var = loss.log_var
model.compile(keras.optimizers.Adam(1e-2), loss)
x = np.random.rand(32, 4).astype("float32")
model.fit(x, x[:, :2], batch_size=8, epochs=1, verbose=0)
