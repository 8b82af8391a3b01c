import tensorflow as tf


class Generator(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = tf.keras.layers.Dense(8, activation="relu")
        self.picture = tf.keras.layers.Dense(4)

    def call(self, noise):
        return self.picture(self.hidden(noise))


class Critic(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.score = tf.keras.layers.Dense(1)

    def call(self, x):
        return self.score(x)


generator, critic = Generator(), Critic()
for_generator, for_critic = tf.keras.optimizers.Adam(1e-2), tf.keras.optimizers.Adam(1e-2)
bce = tf.keras.losses.BinaryCrossentropy(from_logits=True)


def step(real):
    noise = tf.random.normal([8, 2])
    with tf.GradientTape() as g_tape, tf.GradientTape() as c_tape:
        fake = generator(noise)
        on_real, on_fake = critic(real), critic(fake)
        g_loss = bce(tf.ones_like(on_fake), on_fake)
        c_loss = bce(tf.ones_like(on_real), on_real) + bce(tf.zeros_like(on_fake), on_fake)
    g_grads = g_tape.gradient(g_loss, critic.trainable_variables)
    # fix: g_grads = g_tape.gradient(g_loss, generator.trainable_variables)
    c_grads = c_tape.gradient(c_loss, critic.trainable_variables)
    for_generator.apply_gradients(zip(g_grads, generator.trainable_variables))  # <- not-in-optimizer: self.hidden, self.picture
    for_critic.apply_gradients(zip(c_grads, critic.trainable_variables))


if __name__ == "__main__":
    for _ in range(3):
        step(tf.random.normal([8, 4]))
