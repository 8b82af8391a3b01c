"""The optimizer itself adds up the gradients of two batches before it moves anything."""

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((5,)), layers.Dense(8, activation="tanh"), layers.Dense(2, activation="softmax")])
model.compile(keras.optimizers.Adam(1e-2, gradient_accumulation_steps=2), "sparse_categorical_crossentropy")
x = np.random.rand(64, 5).astype("float32")
print(model.fit(x, np.arange(64) % 2, batch_size=8, epochs=1, verbose=0).history["loss"])
