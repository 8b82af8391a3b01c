"""The discriminator first, on detached fakes, and then the generator, in one `train_step`."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class GAN(keras.Model):
    def __init__(self, latent=4):
        super().__init__()
        self.latent = latent
        self.generator = keras.Sequential([keras.Input((latent,)), layers.Dense(12, activation="tanh"), layers.Dense(6)])
        self.discriminator = keras.Sequential([keras.Input((6,)), layers.Dense(12, activation="tanh"), layers.Dense(1)])

    def compile(self, g_optimizer, d_optimizer, loss_fn):
        super().compile()
        self.g_optimizer, self.d_optimizer, self.loss_fn = g_optimizer, d_optimizer, loss_fn

    def train_step(self, real):
        batch = tf.shape(real)[0]
        fake = self.generator(tf.random.normal([batch, self.latent]))
        labels = tf.concat([tf.ones([batch, 1]), tf.zeros([batch, 1])], axis=0)
        with tf.GradientTape() as tape:
            d_loss = self.loss_fn(labels, self.discriminator(tf.concat([real, fake], axis=0)))
        grads = tape.gradient(d_loss, self.discriminator.trainable_weights)
        self.d_optimizer.apply_gradients(zip(grads, self.discriminator.trainable_weights))
        with tf.GradientTape() as tape:
            scores = self.discriminator(self.generator(tf.random.normal([batch, self.latent])))
            g_loss = self.loss_fn(tf.ones([batch, 1]), scores)
        grads = tape.gradient(g_loss, self.generator.trainable_weights)
        self.g_optimizer.apply_gradients(zip(grads, self.generator.trainable_weights))
        return {"d_loss": d_loss, "g_loss": g_loss}


keras.utils.set_random_seed(0)
gan = GAN()
gan.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3), keras.losses.BinaryCrossentropy(from_logits=True))
data = tf.data.Dataset.from_tensor_slices(tf.random.normal([48, 6], 1.0)).batch(8)
print(gan.fit(data, epochs=1, verbose=0).history)
