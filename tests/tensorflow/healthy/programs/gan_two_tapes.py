"""A GAN with one tape for each side, both open at the same time."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(0)
generator = keras.Sequential([keras.Input((4,)), layers.Dense(16), layers.LeakyReLU(), layers.Dense(6)], name="generator")
discriminator = keras.Sequential([keras.Input((6,)), layers.Dense(16), layers.LeakyReLU(), layers.Dense(1)], name="discriminator")
cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
generator_optimizer = keras.optimizers.Adam(1e-3)
discriminator_optimizer = keras.optimizers.Adam(1e-3)


@tf.function
def train_step(real):
    noise = tf.random.normal([tf.shape(real)[0], 4])
    with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
        fake = generator(noise, training=True)
        real_output = discriminator(real, training=True)
        fake_output = discriminator(fake, training=True)
        gen_loss = cross_entropy(tf.ones_like(fake_output), fake_output)
        disc_loss = cross_entropy(tf.ones_like(real_output), real_output)
        disc_loss += cross_entropy(tf.zeros_like(fake_output), fake_output)
    gen_grads = gen_tape.gradient(gen_loss, generator.trainable_variables)
    disc_grads = disc_tape.gradient(disc_loss, discriminator.trainable_variables)
    generator_optimizer.apply_gradients(zip(gen_grads, generator.trainable_variables))
    discriminator_optimizer.apply_gradients(zip(disc_grads, discriminator.trainable_variables))
    return gen_loss, disc_loss


for real in tf.data.Dataset.from_tensor_slices(tf.random.normal([48, 6], 2.0)).batch(8):
    print([float(loss) for loss in train_step(real)])
