import tensorflow as tf
from tensorflow.keras import layers

tf.keras.utils.set_random_seed(0)
encoder = tf.keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(4, use_bias=False)])
optimizer = tf.keras.optimizers.Adam(1e-3)


def distance(a, b):
    return tf.sqrt(tf.reduce_sum(tf.square(a - b), axis=-1))  # <- nan-gradient: encoder.*
    # fix: return tf.sqrt(tf.reduce_sum(tf.square(a - b), axis=-1) + 1e-12)


@tf.function
def step(anchor, negative):
    with tf.GradientTape() as tape:
        a, p, n = encoder(anchor), encoder(anchor), encoder(negative)
        loss = tf.reduce_mean(tf.maximum(distance(a, p) - distance(a, n) + 1.0, 0.0))
    optimizer.apply_gradients(zip(tape.gradient(loss, encoder.trainable_variables), encoder.trainable_variables))
    return loss


for _ in range(4):
    step(tf.random.normal([8, 6]), tf.random.normal([8, 6]))
