import numpy as np
from tensorflow import keras
from tensorflow.keras import layers


def build_generator():
    return keras.Sequential([keras.Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(6)], name="generator")


def build_discriminator():
    return keras.Sequential(
        [keras.Input((6,)), layers.Dense(8), layers.LeakyReLU(), layers.Dense(1, activation="sigmoid")], name="discriminator"
    )


keras.utils.set_random_seed(0)
discriminator = build_discriminator()
discriminator.compile(loss="binary_crossentropy", optimizer=keras.optimizers.Adam(2e-4, 0.5))
generator = build_generator()

z = keras.Input((4,))
img = generator(z)
# For the combined model we will only train the generator
discriminator.trainable = False  # <- frozen: discriminator.*
# fix:
combined = keras.Model(z, discriminator(img), name="combined")
combined.compile(loss="binary_crossentropy", optimizer=keras.optimizers.Adam(2e-4, 0.5))

half = 8
for epoch in range(4):
    noise = np.random.normal(0, 1, (half, 4))
    real = np.random.normal(2, 1, (half, 6))
    discriminator.train_on_batch(real, np.ones((half, 1)))
    discriminator.train_on_batch(generator.predict(noise, verbose=0), np.zeros((half, 1)))
    combined.train_on_batch(np.random.normal(0, 1, (2 * half, 4)), np.ones((2 * half, 1)))
