import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class MemoryLayer(layers.Layer):
    def build(self, input_shape):
        self.cache = self.add_weight(shape=(8, input_shape[-1]), initializer="zeros", trainable=False, name="cache")

    def call(self, x):
        self.cache.assign(x)  # <- rewrapped: model.encode.kernel, model.encode.bias
        return self.cache.value - tf.reduce_mean(self.cache.value, axis=0)
        # fix: return x - tf.reduce_mean(x, axis=0)


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.encode = layers.Dense(6)
        self.memory = MemoryLayer()
        self.out = layers.Dense(1)

    def call(self, x):
        return self.out(self.memory(tf.tanh(self.encode(x))))


keras.utils.set_random_seed(0)
model = Net()
model.compile("adam", "mse")
x = np.random.rand(32, 4).astype("float32")
model.fit(x, x[:, :1], batch_size=8, epochs=1, verbose=0)
