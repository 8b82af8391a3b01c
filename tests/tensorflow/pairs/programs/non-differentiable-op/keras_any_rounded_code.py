import keras
import numpy as np
from keras import layers, ops


class Quantised(keras.Model):
    def __init__(self):
        super().__init__()
        self.encode = layers.Dense(4, activation="sigmoid")
        self.decode = layers.Dense(6)

    def call(self, x):
        z = self.encode(x)
        z = ops.round(z * 15) / 15  # <- non-differentiable-op: model.encode.kernel, model.encode.bias
        # fix: z = z + ops.stop_gradient(ops.round(z * 15) / 15 - z)
        return self.decode(z)


keras.utils.set_random_seed(0)
model = Quantised()
model.compile(optimizer="adam", loss="mse")
x = np.random.rand(32, 6).astype("float32")
model.fit(x, x, batch_size=8, epochs=1, verbose=0)
