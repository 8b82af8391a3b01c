import tensorflow as tf


class Policy(tf.Module):
    def __init__(self):
        super().__init__()
        self.w1 = tf.Variable(tf.random.normal([4, 8]) * 0.5)
        self.w2 = tf.Variable(tf.random.normal([8, 2]) * 0.5)

    def hidden(self, obs):
        return tf.tanh(obs @ self.w1)

    def logits(self, h):
        return h @ self.w2


tf.random.set_seed(0)
policy = Policy()
optimizer = tf.keras.optimizers.SGD(0.1)
obs = tf.random.normal([16, 4])
actions = tf.random.uniform([16], 0, 2, dtype=tf.int32)
returns = tf.random.normal([16])

for episode in range(5):
    with tf.GradientTape() as tape:
        with tape.stop_recording():  # <- grad-disabled: policy.w1
            h = policy.hidden(obs)
        # fix+ h = policy.hidden(obs)
        logp = -tf.nn.sparse_softmax_cross_entropy_with_logits(labels=actions, logits=policy.logits(h))
        loss = -tf.reduce_mean(logp * returns)
    grads = tape.gradient(loss, [policy.w1, policy.w2])
    optimizer.apply_gradients([(g, v) for g, v in zip(grads, [policy.w1, policy.w2]) if g is not None])
