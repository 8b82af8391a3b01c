"""A slow optimizer for the body and a fast one for the head, from one persistent tape."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(0)
body = keras.Sequential([keras.Input((6,)), layers.Dense(10, activation="tanh")], name="body")
head = keras.Sequential([keras.Input((10,)), layers.Dense(3)], name="head")
slow, fast = keras.optimizers.SGD(1e-3), keras.optimizers.Adam(1e-2)
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
x, y = tf.random.normal([24, 6]), tf.random.uniform([24], 0, 3, tf.int32)
for _ in range(5):
    with tf.GradientTape(persistent=True) as tape:
        loss = loss_fn(y, head(body(x)))
    slow.apply_gradients(zip(tape.gradient(loss, body.trainable_variables), body.trainable_variables))
    fast.apply_gradients(zip(tape.gradient(loss, head.trainable_variables), head.trainable_variables))
    del tape
    print(float(loss))
