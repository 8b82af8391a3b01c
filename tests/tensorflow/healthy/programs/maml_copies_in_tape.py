"""First-order MAML: every task trains a copy, and its gradients are applied to the model."""

import keras
import tensorflow as tf


def copy_of(model):
    fast = keras.models.clone_model(model)
    fast.set_weights(model.get_weights())
    return fast


keras.utils.set_random_seed(0)
model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(16, activation="tanh"), keras.layers.Dense(1)])
outer = keras.optimizers.Adam(1e-2)
mse = keras.losses.MeanSquaredError()
for _ in range(4):
    sums = [tf.zeros_like(v) for v in model.trainable_variables]
    for phase in (0.0, 1.0):
        x = tf.random.uniform([8, 1], -3.0, 3.0)
        y = tf.sin(x + phase)
        fast = copy_of(model)
        with tf.GradientTape() as tape:
            loss = mse(y, fast(x))
        for v, g in zip(fast.trainable_variables, tape.gradient(loss, fast.trainable_variables)):
            v.assign_sub(0.1 * g)
        with tf.GradientTape() as tape:
            loss = mse(y, fast(x))
        sums = [a + g for a, g in zip(sums, tape.gradient(loss, fast.trainable_variables))]
    outer.apply_gradients(zip(sums, model.trainable_variables))
