import numpy as np
from base import Base
from tensorflow.keras import layers


class Net(Base):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(8, activation="relu")
        self.out = layers.Dense(1)

    def call(self, x):
        return self.out(self.hidden(x))


model = Net()
model.compile(optimizer="adam", loss="mse")
x = np.random.rand(32, 4).astype("float32")
model.fit(x, x[:, :1], epochs=2)
