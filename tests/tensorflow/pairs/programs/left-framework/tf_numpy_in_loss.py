import numpy as np
import tensorflow as tf
from tensorflow import keras

keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam(1e-2)
x = np.random.rand(16, 4).astype("float32")
y = x.sum(1, keepdims=True)


def rmse(prediction, target):
    return tf.sqrt(tf.reduce_mean((prediction - target) ** 2))


for epoch in range(4):
    with tf.GradientTape() as tape:
        prediction = model(x, training=True)
        loss = rmse(tf.constant(prediction.numpy()), y)  # <- left-framework: model.*
        # fix: loss = rmse(prediction, y)
    grads = tape.gradient(loss, model.trainable_variables)
    pairs = [(g, v) for g, v in zip(grads, model.trainable_variables) if g is not None]
    if pairs:
        optimizer.apply_gradients(pairs)
