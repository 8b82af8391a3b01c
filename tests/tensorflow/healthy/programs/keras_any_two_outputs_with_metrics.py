"""Several outputs, each with a loss, a weight and metrics; class and sample weights."""

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
inputs = keras.Input((6,))
trunk = layers.Dense(12, activation="tanh")(inputs)
age = layers.Dense(1, name="age")(trunk)
kind = layers.Dense(3, activation="softmax", name="kind")(trunk)
model = keras.Model(inputs, {"age": age, "kind": kind})
model.compile(
    "adam",
    loss={"age": "mse", "kind": "sparse_categorical_crossentropy"},
    loss_weights={"age": 0.5, "kind": 1.0},
    metrics={"age": ["mae"], "kind": ["accuracy"]},
)
x = np.random.rand(32, 6).astype("float32")
y = {"age": x[:, :1], "kind": np.arange(32) % 3}
history = model.fit(x, y, batch_size=8, epochs=1, validation_data=(x, y), verbose=0)
print(history.history["loss"])
