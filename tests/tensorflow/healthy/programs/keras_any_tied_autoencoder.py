import keras
from keras import layers, ops


class Transposed(layers.Layer):
    def __init__(self, dense):
        super().__init__()
        self.dense = dense

    def build(self, shape):
        self.b = self.add_weight(shape=(self.dense.kernel.shape[0],), initializer="zeros")

    def call(self, x):
        return ops.matmul(x, ops.transpose(self.dense.kernel)) + self.b


keras.utils.set_random_seed(0)
d1, d2 = layers.Dense(16, activation="relu"), layers.Dense(4)
inputs = keras.Input((20,))
h = d2(d1(inputs))
out = Transposed(d1)(Transposed(d2)(h))
model = keras.Model(inputs, out)
model.compile(keras.optimizers.AdamW(1e-3), "mse")
x = keras.random.normal((64, 20))
model.fit(x, x, batch_size=16, epochs=1, verbose=0)
