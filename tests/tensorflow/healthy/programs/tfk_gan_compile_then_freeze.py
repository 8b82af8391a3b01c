"""In Keras 2 the flag counts as it was at `compile`: the discriminator trains on, as is meant."""

import numpy as np
import tf_keras as keras
from tf_keras import layers

keras.utils.set_random_seed(0)
discriminator = keras.Sequential([keras.Input((6,)), layers.Dense(8), layers.LeakyReLU(), layers.Dense(1, activation="sigmoid")])
discriminator.compile(loss="binary_crossentropy", optimizer=keras.optimizers.Adam(1e-3))
generator = keras.Sequential([keras.Input((4,)), layers.Dense(8, activation="tanh"), layers.Dense(6)])
z = keras.Input((4,))
discriminator.trainable = False
combined = keras.Model(z, discriminator(generator(z)))
combined.compile(loss="binary_crossentropy", optimizer=keras.optimizers.Adam(1e-3))
for _ in range(4):
    noise = np.random.normal(size=(8, 4)).astype("float32")
    real = np.random.normal(2, 1, (8, 6)).astype("float32")
    real_loss = discriminator.train_on_batch(real, np.ones((8, 1)))
    fake_loss = discriminator.train_on_batch(generator.predict(noise, verbose=0), np.zeros((8, 1)))
    print(real_loss, fake_loss, combined.train_on_batch(noise, np.ones((8, 1))))
