"""Gradients of four batches are added up in variables of their own before they are applied."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((5,)), layers.Dense(8, activation="tanh"), layers.Dense(2)])
optimizer = keras.optimizers.SGD(0.1)
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
sums = [tf.Variable(tf.zeros_like(v), trainable=False) for v in model.trainable_variables]
EVERY = 4


@tf.function
def accumulate(x, y):
    with tf.GradientTape() as tape:
        loss = loss_fn(y, model(x, training=True)) / EVERY
    for total, gradient in zip(sums, tape.gradient(loss, model.trainable_variables)):
        total.assign_add(gradient)
    return loss


@tf.function
def apply():
    optimizer.apply_gradients(zip([tf.identity(s) for s in sums], model.trainable_variables))
    for total in sums:
        total.assign(tf.zeros_like(total))


x = tf.random.normal([128, 5])
y = tf.cast(tf.reduce_sum(x, 1) > 0, tf.int32)
for i, (a, b) in enumerate(tf.data.Dataset.from_tensor_slices((x, y)).batch(8)):
    print(float(accumulate(a, b)))
    if i % EVERY == EVERY - 1:
        apply()
