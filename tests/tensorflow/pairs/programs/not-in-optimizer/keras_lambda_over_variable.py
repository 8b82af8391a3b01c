import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(0)
slopes = tf.Variable(tf.fill([8], 0.25), name="slopes")
inputs = keras.Input((5,))
h = layers.Dense(8)(inputs)
h = layers.Lambda(lambda t: tf.maximum(t, 0.0) + slopes * tf.minimum(t, 0.0))(h)
# fix: h = layers.PReLU(keras.initializers.Constant(0.25), name="slopes")(h)
model = keras.Model(inputs, layers.Dense(1)(h))
model.compile("adam", "mse")
x = np.random.normal(size=(32, 5)).astype("float32")
model.fit(x, x[:, :1], batch_size=8, epochs=1, verbose=0)  # <- warning not-in-optimizer: slopes -> model.slopes.alpha
