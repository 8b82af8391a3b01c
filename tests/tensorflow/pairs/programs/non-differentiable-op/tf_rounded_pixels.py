import tensorflow as tf
from tensorflow import keras

keras.utils.set_random_seed(0)
decoder = keras.Sequential([keras.Input((3,)), keras.layers.Dense(16, activation="sigmoid")], name="decoder")
optimizer = keras.optimizers.Adam(1e-2)
z = tf.random.normal([8, 3])
images = tf.random.uniform([8, 16])

for step in range(4):
    with tf.GradientTape() as tape:
        out = tf.cast(decoder(z) * 255, tf.int32)  # <- non-differentiable-op: decoder.*
        # fix: out = decoder(z) * 255
        out = tf.cast(out, tf.float32) / 255.0
        loss = tf.reduce_mean((out - images) ** 2)
    grads = tape.gradient(loss, decoder.trainable_variables)
    if all(g is not None for g in grads):
        optimizer.apply_gradients(zip(grads, decoder.trainable_variables))
