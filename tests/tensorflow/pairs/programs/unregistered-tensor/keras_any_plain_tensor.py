import keras
import numpy as np
from keras import ops


class FeatureGate(keras.layers.Layer):
    def __init__(self, width):
        super().__init__()
        self.gate = keras.random.normal((width,))  # <- warning unregistered-tensor: model.gate.gate
        # fix: self.gate = self.add_weight(shape=(width,), initializer="random_normal", name="gate")

    def call(self, x):
        return x * self.gate


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(8, activation="tanh")
        self.gate = FeatureGate(8)
        self.out = keras.layers.Dense(1)

    def call(self, x):
        return self.out(self.gate(self.dense(x)))


keras.utils.set_random_seed(0)
model = Net()
model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
x = np.random.rand(32, 4).astype("float32")
model.fit(x, x.sum(1, keepdims=True), batch_size=8, epochs=1, verbose=0)
