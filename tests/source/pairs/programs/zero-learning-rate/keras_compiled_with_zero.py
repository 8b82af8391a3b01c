import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

inputs = keras.Input((4,))
hidden = layers.Dense(8, activation="relu", name="hidden")(inputs)
model = keras.Model(inputs, layers.Dense(1, name="score")(hidden))
scale, steps = 1.0, 10
model.compile(keras.optimizers.Adam(learning_rate=scale // steps), "mse")  # <- zero-learning-rate: hidden, score
# fix: model.compile(keras.optimizers.Adam(learning_rate=scale / steps), "mse")
x = np.random.rand(32, 4)
model.fit(x, x[:, :1])
