"""Q-learning: targets come from a copy, computed outside the tape, by actions that were sampled."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


def q_network(name):
    return keras.Sequential([keras.Input((4,)), layers.Dense(16, activation="tanh"), layers.Dense(3)], name=name)


keras.utils.set_random_seed(0)
q, target = q_network("q"), q_network("target")
target.set_weights(q.get_weights())
optimizer = keras.optimizers.Adam(1e-2)
huber = keras.losses.Huber()
rng = np.random.default_rng(0)
for step in range(8):
    states = rng.normal(size=(16, 4)).astype("float32")
    following = rng.normal(size=(16, 4)).astype("float32")
    actions = np.argmax(q.predict(states, verbose=0), axis=1)
    rewards = rng.normal(size=16).astype("float32")
    best = tf.reduce_max(target(following), axis=1)
    wanted = rewards + 0.9 * best
    with tf.GradientTape() as tape:
        values = tf.reduce_sum(q(states) * tf.one_hot(actions, 3), axis=1)
        loss = huber(wanted, values)
    grads = tape.gradient(loss, q.trainable_variables)
    optimizer.apply_gradients(zip(grads, q.trainable_variables))
    if step % 4 == 3:
        target.set_weights(q.get_weights())
    print(float(loss))
