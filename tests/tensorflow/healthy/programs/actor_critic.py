"""The advantage is stopped for the actor alone; actions are sampled."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class ActorCritic(keras.Model):
    def __init__(self):
        super().__init__()
        self.common = layers.Dense(12, activation="tanh")
        self.actor, self.critic = layers.Dense(3), layers.Dense(1)

    def call(self, x):
        h = self.common(x)
        return self.actor(h), self.critic(h)


keras.utils.set_random_seed(0)
model = ActorCritic()
optimizer = keras.optimizers.Adam(1e-2)
states = tf.random.normal([24, 4])
for _ in range(5):
    with tf.GradientTape() as tape:
        logits, values = model(states)
        actions = tf.random.categorical(logits, 1)
        rewards = tf.cast(actions == 1, tf.float32)
        advantage = rewards - values
        chosen = tf.gather(tf.nn.log_softmax(logits), actions, axis=1, batch_dims=1)
        entropy = -tf.reduce_mean(tf.reduce_sum(tf.nn.softmax(logits) * tf.nn.log_softmax(logits), 1))
        loss = -tf.reduce_mean(chosen * tf.stop_gradient(advantage))
        loss += 0.5 * tf.reduce_mean(advantage**2) - 0.01 * entropy
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    print(float(loss))
