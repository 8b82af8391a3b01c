"""A gradient of a gradient: the inner tape asks for inputs, the outer one for variables."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((4,)), layers.Dense(8, activation="softplus"), layers.Dense(1, use_bias=False)])
optimizer = keras.optimizers.Adam(1e-2)
x = tf.random.normal([16, 4])
y = tf.reduce_sum(x**2, axis=1, keepdims=True)
for _ in range(5):
    with tf.GradientTape() as tape:
        with tf.GradientTape() as inner:
            inner.watch(x)
            out = model(x)
        slope = inner.gradient(out, x)
        loss = tf.reduce_mean((out - y) ** 2) + 0.1 * tf.reduce_mean((slope - 2 * x) ** 2)
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    print(float(loss))
