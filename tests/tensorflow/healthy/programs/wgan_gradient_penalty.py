import keras
import tensorflow as tf
from keras import layers


class WGAN(keras.Model):
    def __init__(self, latent=4):
        super().__init__()
        self.latent = latent
        self.generator = keras.Sequential([layers.Dense(16), layers.BatchNormalization(), layers.LeakyReLU(), layers.Dense(3)])
        self.critic = keras.Sequential([layers.Dense(16), layers.LeakyReLU(), layers.Dropout(0.2), layers.Dense(1, use_bias=False)])
        self.d_metric = keras.metrics.Mean(name="d")

    def compile(self, d_optimizer, g_optimizer):
        super().compile()
        self.d_optimizer, self.g_optimizer = d_optimizer, g_optimizer

    def penalty(self, real, fake):
        alpha = tf.random.uniform([tf.shape(real)[0], 1])
        mixed = alpha * real + (1 - alpha) * fake
        with tf.GradientTape() as tape:
            tape.watch(mixed)
            out = self.critic(mixed, training=True)
        norm = tf.sqrt(tf.reduce_sum(tape.gradient(out, mixed) ** 2, axis=1) + 1e-8)
        return tf.reduce_mean((norm - 1.0) ** 2)

    def train_step(self, real):
        for _ in range(2):
            z = tf.random.normal([tf.shape(real)[0], self.latent])
            with tf.GradientTape() as tape:
                fake = self.generator(z, training=True)
                d_loss = tf.reduce_mean(self.critic(fake, training=True)) - tf.reduce_mean(self.critic(real, training=True))
                d_loss += 10.0 * self.penalty(real, fake)
            grads = tape.gradient(d_loss, self.critic.trainable_variables)
            self.d_optimizer.apply_gradients(zip(grads, self.critic.trainable_variables))
        z = tf.random.normal([tf.shape(real)[0], self.latent])
        with tf.GradientTape() as tape:
            g_loss = -tf.reduce_mean(self.critic(self.generator(z, training=True), training=True))
        grads = tape.gradient(g_loss, self.generator.trainable_variables)
        self.g_optimizer.apply_gradients(zip(grads, self.generator.trainable_variables))
        self.d_metric.update_state(d_loss)
        return {"d": self.d_metric.result()}


keras.utils.set_random_seed(0)
gan = WGAN()
gan.compile(keras.optimizers.Adam(1e-4), keras.optimizers.Adam(1e-4))
gan.fit(tf.random.normal([64, 3]), batch_size=16, epochs=2, verbose=0)
