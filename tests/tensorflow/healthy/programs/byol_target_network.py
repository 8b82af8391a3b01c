"""BYOL: the target network follows by a moving average and is never given to an optimizer."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


def encoder(name):
    return keras.Sequential([keras.Input((6,)), layers.Dense(12, activation="tanh"), layers.Dense(6)], name=name)


keras.utils.set_random_seed(0)
online, target = encoder("online"), encoder("target")
target.set_weights(online.get_weights())
target.trainable = False
predictor = keras.Sequential([keras.Input((6,)), layers.Dense(8, activation="tanh"), layers.Dense(6)], name="predictor")
optimizer = keras.optimizers.Adam(1e-2)
x = tf.random.normal([32, 6])


def regression(p, z):
    p, z = tf.nn.l2_normalize(p, -1), tf.nn.l2_normalize(z, -1)
    return tf.reduce_mean(2 - 2 * tf.reduce_sum(p * z, -1))


@tf.function
def step(x):
    a = x + tf.random.normal(tf.shape(x), stddev=0.1)
    b = x + tf.random.normal(tf.shape(x), stddev=0.1)
    with tf.GradientTape() as tape:
        loss = regression(predictor(online(a)), tf.stop_gradient(target(b)))
        loss += regression(predictor(online(b)), tf.stop_gradient(target(a)))
    variables = online.trainable_variables + predictor.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
    for slow, fast in zip(target.weights, online.weights):
        slow.assign(0.99 * slow + 0.01 * fast)
    return loss


for _ in range(6):
    print(float(step(x)))
