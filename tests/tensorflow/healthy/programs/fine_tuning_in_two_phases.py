"""Train the head, unfreeze the top of the base, compile again, and go on at a smaller rate."""

import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(1)
base = keras.Sequential(
    [
        keras.Input((6,)),
        layers.Dense(8, activation="tanh", name="low"),
        layers.Dense(8, activation="tanh", name="high"),
    ],
    name="base",
)
inputs = keras.Input((6,))
model = keras.Model(inputs, layers.Dense(2)(base(inputs)))
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
x = np.random.rand(32, 6).astype("float32")
y = np.random.randint(0, 2, 32)

base.trainable = False
model.compile(keras.optimizers.Adam(1e-2), loss)
model.fit(x, y, batch_size=8, epochs=1, verbose=0)

base.trainable = True
for layer in base.layers[:-1]:
    layer.trainable = False
model.compile(keras.optimizers.Adam(1e-4), loss)
history = model.fit(x, y, batch_size=8, epochs=2, verbose=0)
print(history.history["loss"])
