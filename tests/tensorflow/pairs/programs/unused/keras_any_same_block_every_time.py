import keras
import numpy as np
from keras import layers


class Stack(keras.Model):
    def __init__(self, depth=3):
        super().__init__()
        self.blocks = [layers.Dense(6, activation="tanh") for _ in range(depth)]  # <- note unused: model.blocks.1.*, model.blocks.2.*
        self.out = layers.Dense(1)

    def call(self, x):
        for i in range(len(self.blocks)):
            x = self.blocks[0](x)
            # fix: x = self.blocks[i](x)
        return self.out(x)


keras.utils.set_random_seed(0)
model = Stack()
for block in model.blocks:
    block.build((None, 6))
model.compile("adam", "mse")
x = np.random.rand(32, 6).astype("float32")
model.fit(x, x[:, :1], batch_size=8, epochs=1, verbose=0)
