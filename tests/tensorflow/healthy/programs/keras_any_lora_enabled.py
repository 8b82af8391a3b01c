"""`enable_lora` freezes the kernel; B begins at zero, so A has no gradient in the first step."""

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((6,)), layers.Dense(8, activation="tanh"), layers.Dense(2)])
for layer in model.layers:
    layer.enable_lora(rank=2)
    layer.bias.trainable = False
model.compile(keras.optimizers.SGD(0.2), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
x = np.random.rand(48, 6).astype("float32")
print(model.fit(x, np.arange(48) % 2, batch_size=8, epochs=1, verbose=0).history["loss"])
