"""Gradients of a worker's own copy are applied to the network that all share."""

import tensorflow as tf


class Net(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = tf.keras.layers.Dense(8, activation="tanh")
        self.policy = tf.keras.layers.Dense(2)

    def call(self, x):
        return self.policy(self.hidden(x))


tf.random.set_seed(0)
shared, local = Net(), Net()
x = tf.random.normal([16, 3])
shared(x), local(x)
optimizer = tf.keras.optimizers.Adam(0.01)
for step in range(5):
    local.set_weights(shared.get_weights())
    with tf.GradientTape() as tape:
        logits = local(x)
        actions = tf.argmax(logits, axis=-1)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(actions, logits))
    grads = tape.gradient(loss, local.trainable_weights)
    optimizer.apply_gradients(zip(grads, shared.trainable_weights))
