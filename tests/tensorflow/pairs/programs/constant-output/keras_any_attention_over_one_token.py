import keras
import numpy as np
from keras import layers, ops


class Encoder(keras.Model):
    def __init__(self, width=8):
        super().__init__()
        self.embed = layers.Dense(width)
        self.query = layers.Dense(width, use_bias=False)
        self.key = layers.Dense(width, use_bias=False)
        self.value = layers.Dense(width, use_bias=False)
        self.head = layers.Dense(1)

    def call(self, x):
        h = ops.expand_dims(self.embed(x), 1)
        # fix: h = ops.expand_dims(self.embed(x), 1) + ops.reshape(ops.arange(3.0), (3, 1))
        scores = ops.matmul(self.query(h), ops.transpose(self.key(h), (0, 2, 1)))
        h = ops.matmul(ops.softmax(scores), self.value(h))  # <- constant-output: model.query.kernel, model.key.kernel
        return self.head(ops.mean(h, axis=1))


keras.utils.set_random_seed(0)
model = Encoder()
model.compile(keras.optimizers.SGD(0.05), "mse")
x = np.random.rand(32, 5).astype("float32")
model.fit(x, x[:, :1], batch_size=8, epochs=1, verbose=0)
