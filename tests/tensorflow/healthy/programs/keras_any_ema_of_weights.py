"""Averaged weights are the optimizer's own; clipping and decay leave nobody out."""

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((5,)), layers.Dense(8, activation="tanh"), layers.Dense(1)])
optimizer = keras.optimizers.AdamW(1e-2, weight_decay=1e-3, use_ema=True, ema_momentum=0.9, global_clipnorm=1.0)
model.compile(optimizer, "mse")
x = np.random.rand(32, 5).astype("float32")
print(model.fit(x, x.sum(1), batch_size=8, epochs=2, verbose=0).history["loss"])
