import keras
import numpy as np
from keras import ops


class SmallDense(keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.units = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="he_normal") * 0.1  # <- non-leaf-parameter: model.small_dense.variable, model.small_dense.kernel -> model.small_dense.kernel
        # fix: self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer=keras.initializers.RandomNormal(stddev=0.07))
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros")

    def call(self, x):
        return ops.relu(ops.matmul(x, self.kernel) + self.bias)


keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((4,)), SmallDense(6), keras.layers.Dense(1)])
model.compile("adam", "mse")
x = np.random.rand(32, 4).astype("float32")
model.fit(x, x[:, :1], batch_size=8, verbose=0)
