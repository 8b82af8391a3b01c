"""Padded sequences with a mask through an embedding, an LSTM and a GRU."""

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
inputs = keras.Input((7,), dtype="int32")
h = layers.Embedding(15, 6, mask_zero=True)(inputs)
h = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(h)
h = layers.GRU(4)(h)
model = keras.Model(inputs, layers.Dense(1, activation="sigmoid")(h))
model.compile("adam", "binary_crossentropy", jit_compile=False)
tokens = np.random.randint(1, 15, (24, 7))
tokens[:, 5:] = 0
print(model.fit(tokens, np.arange(24) % 2, batch_size=8, epochs=1, verbose=0).history["loss"])
