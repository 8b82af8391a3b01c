"""Reparametrised sampling, two losses and their trackers in a `train_step`."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class VAE(keras.Model):
    def __init__(self, latent=3, **kwargs):
        super().__init__(**kwargs)
        self.hidden = layers.Dense(12, activation="tanh")
        self.mean, self.log_var = layers.Dense(latent), layers.Dense(latent)
        self.decoder = keras.Sequential([layers.Dense(12, activation="tanh"), layers.Dense(8, activation="sigmoid")])
        self.trackers = {name: keras.metrics.Mean(name=name) for name in ("loss", "kl")}

    @property
    def metrics(self):
        return list(self.trackers.values())

    def call(self, x):
        h = self.hidden(x)
        mean, log_var = self.mean(h), self.log_var(h)
        z = mean + tf.exp(0.5 * log_var) * tf.random.normal(tf.shape(mean))
        return self.decoder(z), mean, log_var

    def train_step(self, x):
        with tf.GradientTape() as tape:
            decoded, mean, log_var = self(x, training=True)
            rebuilt = tf.reduce_mean(keras.losses.binary_crossentropy(x, decoded))
            kl = -0.5 * tf.reduce_mean(1 + log_var - mean**2 - tf.exp(log_var))
            loss = rebuilt + 0.1 * kl
        grads = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(grads, self.trainable_weights))
        self.trackers["loss"].update_state(loss)
        self.trackers["kl"].update_state(kl)
        return {m.name: m.result() for m in self.metrics}


keras.utils.set_random_seed(0)
vae = VAE()
vae.compile(keras.optimizers.Adam(1e-2))
print(vae.fit(np.random.rand(48, 8).astype("float32"), batch_size=8, epochs=2, verbose=0).history)
