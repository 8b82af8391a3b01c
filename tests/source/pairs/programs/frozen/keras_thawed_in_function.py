import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

base = keras.Sequential([keras.Input((6,)), layers.Dense(8, activation="tanh")], name="base")


def build():
    inputs = keras.Input((6,))
    return keras.Model(inputs, layers.Dense(2, name="top")(base(inputs)))


def thaw():
    base.trainable = True  # <- frozen: base
    # fix+ model.compile(keras.optimizers.Adam(1e-5), "mse")


x, y = np.random.rand(32, 6), np.random.rand(32, 2)
base.trainable = False
model = build()
model.compile("adam", "mse")
model.fit(x, y, epochs=2)
thaw()
model.fit(x, y, epochs=2)
