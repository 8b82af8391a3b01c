"""A module that keeps features of an encoder, and what it computed last with its own variables."""

import tensorflow as tf


class Encoder(tf.Module):
    def __init__(self, n_in, width):
        super().__init__()
        self.w = tf.Variable(tf.random.normal([n_in, width], stddev=0.4))

    def __call__(self, x):
        return tf.tanh(x @ self.w)


class Matcher(tf.Module):
    def __init__(self, support, width):
        super().__init__()
        # features of a support set, by an encoder that nobody needs any more
        self.prototypes = Encoder(5, width)(support)
        self.body = Encoder(5, width)
        self.gain = tf.Variable(1.0)
        self.scaled = self.prototypes * self.gain

    def __call__(self, x):
        self.scaled = self.prototypes * self.gain
        return tf.matmul(self.body(x), self.scaled, transpose_b=True)


tf.random.set_seed(0)
x, y = tf.random.normal([16, 5]), tf.random.normal([16, 3])
matcher = Matcher(tf.random.normal([3, 5]), 6)
optimizer = tf.keras.optimizers.SGD(0.1)
for _ in range(4):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((matcher(x) - y) ** 2)
    grads = tape.gradient(loss, matcher.trainable_variables)
    optimizer.apply_gradients(zip(grads, matcher.trainable_variables))
