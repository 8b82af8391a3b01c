import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
keras.config.set_dtype_policy("bfloat16")
# fix: keras.config.set_dtype_policy("mixed_bfloat16")


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(8, activation="tanh")  # <- update-underflow: model.hidden.kernel, model.out.kernel
        self.out = layers.Dense(1, use_bias=False)

    def call(self, x):
        return self.out(self.hidden(x))


model = Net()
model.compile(optimizer=keras.optimizers.Adam(1e-4), loss="mse")
x = np.random.rand(32, 4).astype("float32")
model.fit(x, x[:, :1], batch_size=8, epochs=1, verbose=0)
