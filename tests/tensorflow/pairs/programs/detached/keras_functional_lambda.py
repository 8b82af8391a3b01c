import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(0)
inputs = keras.Input((6,), name="features")
shared = layers.Dense(8, activation="relu", name="shared")(inputs)
frozen_features = layers.Lambda(lambda t: tf.stop_gradient(t))(shared)  # <- detached: *shared*kernel, *shared*bias
# fix: frozen_features = shared
outputs = layers.Dense(1, name="score")(frozen_features)
model = keras.Model(inputs, outputs)
model.compile(optimizer="adam", loss="mse")
x = np.random.rand(32, 6).astype("float32")
model.fit(x, x.mean(1), epochs=2, batch_size=16, verbose=0)
