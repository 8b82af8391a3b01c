"""Half precision with a loss scale."""

import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(0)
keras.mixed_precision.set_global_policy("mixed_float16")
inputs = keras.Input((6,))
h = layers.Dense(16, activation="tanh")(inputs)
h = layers.LayerNormalization()(h)
outputs = layers.Activation("softmax", dtype="float32")(layers.Dense(3)(h))
model = keras.Model(inputs, outputs)
model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy")
x = np.random.rand(48, 6).astype("float32")
print(model.fit(x, np.arange(48) % 3, batch_size=8, epochs=1, verbose=0).history["loss"])
