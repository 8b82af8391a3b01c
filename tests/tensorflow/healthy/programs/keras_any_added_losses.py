"""Regularisers, an activity penalty and `add_loss`, beside the loss itself."""

import keras
import numpy as np
from keras import layers, ops


class Sparse(layers.Layer):
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.dense = layers.Dense(8, kernel_regularizer=keras.regularizers.L2(1e-3))

    def call(self, x):
        h = ops.sigmoid(self.dense(x))
        self.add_loss(self.rate * ops.mean(ops.abs(h)))
        return h


keras.utils.set_random_seed(0)
model = keras.Sequential(
    [
        keras.Input((5,)),
        Sparse(0.1),
        layers.Dense(6, activation="tanh", activity_regularizer="l2"),
        layers.Dense(1),
    ]
)
model.compile("rmsprop", "mse")
x = np.random.rand(32, 5).astype("float32")
print(model.fit(x, x.sum(1), batch_size=8, epochs=1, verbose=0).history["loss"])
