import numpy as np
import tf_keras as keras
from tf_keras import layers

keras.utils.set_random_seed(0)


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.base = layers.Dense(8, activation="relu")
        self.head = layers.Dense(1)

    def call(self, x):
        return self.head(self.base(x))


model = Net()
x = np.random.rand(32, 4).astype("float32")
model(x[:1])
model.base.trainable = False
model.compile("adam", "mse")
model.fit(x, x[:, :1], batch_size=16, epochs=1, verbose=0)
model.base.trainable = True  # <- frozen: model.base.kernel, model.base.bias
# fix+ model.compile(keras.optimizers.Adam(1e-4), "mse")
model.fit(x, x[:, :1], batch_size=16, epochs=2, verbose=0)
