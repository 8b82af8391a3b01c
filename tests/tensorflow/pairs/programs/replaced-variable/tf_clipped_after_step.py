import tensorflow as tf


class Critic(tf.Module):
    def __init__(self):
        super().__init__()
        self.w1 = tf.Variable(tf.random.normal([3, 8]) * 0.4)
        self.w2 = tf.Variable(tf.random.normal([8, 1]) * 0.4)

    def __call__(self, x):
        return tf.matmul(tf.nn.leaky_relu(tf.matmul(x, self.w1)), self.w2)

    def clip(self, limit=0.3):
        self.w1 = tf.clip_by_value(self.w1, -limit, limit)  # <- replaced-variable: critic.w1
        # fix: self.w1.assign(tf.clip_by_value(self.w1, -limit, limit))
        self.w2 = tf.clip_by_value(self.w2, -limit, limit)  # <- replaced-variable: critic.w2
        # fix: self.w2.assign(tf.clip_by_value(self.w2, -limit, limit))


tf.random.set_seed(0)
critic = Critic()
optimizer = tf.keras.optimizers.RMSprop(1e-2)
variables = list(critic.trainable_variables)
real, fake = tf.random.normal([16, 3], 1.0), tf.random.normal([16, 3])
for step in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(critic(fake)) - tf.reduce_mean(critic(real))
    pairs = [(g, v) for g, v in zip(tape.gradient(loss, variables), variables) if g is not None]
    if pairs:
        optimizer.apply_gradients(pairs)
    critic.clip()
