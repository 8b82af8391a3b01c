import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(0)
encoder = keras.Sequential([layers.Dense(8, activation="tanh")], name="encoder")
decoder = keras.Sequential([keras.Input((8,)), layers.Dense(4)], name="decoder")
x = tf.random.normal([16, 4])
# fix+ encoder.build((None, 4))
# Keras makes the encoder's weights at its first call: the list has none of them.
variables = encoder.trainable_variables + decoder.trainable_variables
optimizer = keras.optimizers.Adam(1e-2)
for _ in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((decoder(encoder(x)) - x) ** 2)
    grads = tape.gradient(loss, variables)  # <- warning not-in-optimizer: encoder.*
    optimizer.apply_gradients(zip(grads, variables))
