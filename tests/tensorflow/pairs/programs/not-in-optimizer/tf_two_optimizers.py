import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(0)
encoder = keras.Sequential([keras.Input((6,)), layers.Dense(8, activation="tanh")], name="encoder")
projector = keras.Sequential([keras.Input((8,)), layers.Dense(4)], name="projector")
decoder = keras.Sequential([keras.Input((4,)), layers.Dense(6)], name="decoder")

encoder_opt = keras.optimizers.Adam(1e-3)
decoder_opt = keras.optimizers.Adam(1e-3)
x = tf.random.normal([16, 6])


@tf.function
def train_step(x):
    with tf.GradientTape(persistent=True) as tape:
        loss = tf.reduce_mean((decoder(projector(encoder(x))) - x) ** 2)
    enc = encoder.trainable_variables
    # fix: enc = encoder.trainable_variables + projector.trainable_variables
    dec = decoder.trainable_variables
    encoder_opt.apply_gradients(zip(tape.gradient(loss, enc), enc))  # <- warning not-in-optimizer: projector.*
    decoder_opt.apply_gradients(zip(tape.gradient(loss, dec), dec))
    return loss


for _ in range(5):
    train_step(x)
