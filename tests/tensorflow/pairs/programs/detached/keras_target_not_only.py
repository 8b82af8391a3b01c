import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(0)


class ActorCritic(keras.Model):
    def __init__(self, n_actions):
        super().__init__()
        self.common = layers.Dense(8, activation="relu")
        self.actor = layers.Dense(n_actions)
        self.critic = layers.Dense(1)

    def call(self, obs):
        h = self.common(obs)
        return self.actor(h), self.critic(h)


model = ActorCritic(3)
optimizer = keras.optimizers.Adam(1e-2)
obs = tf.random.normal([16, 4])
actions = tf.random.uniform([16], 0, 3, dtype=tf.int32)
returns = tf.random.normal([16])


@tf.function
def update(obs, actions, returns):
    with tf.GradientTape() as tape:
        logits, values = model(obs)
        advantage = returns - tf.squeeze(values, -1)
        logp = -tf.nn.sparse_softmax_cross_entropy_with_logits(labels=actions, logits=logits)
        advantage = tf.stop_gradient(advantage)  # <- detached: model.critic.kernel, model.critic.bias
        # fix:
        actor_loss = -tf.reduce_mean(logp * advantage)
        # fix: actor_loss = -tf.reduce_mean(logp * tf.stop_gradient(advantage))
        critic_loss = tf.reduce_mean(tf.square(advantage))
        loss = actor_loss + 0.5 * critic_loss
    grads = tape.gradient(loss, model.trainable_variables)
    pairs = [(g, v) for g, v in zip(grads, model.trainable_variables) if g is not None]
    optimizer.apply_gradients(pairs)


for _ in range(5):
    update(obs, actions, returns)
