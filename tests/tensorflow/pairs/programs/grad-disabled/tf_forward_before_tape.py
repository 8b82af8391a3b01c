import tensorflow as tf
from tensorflow import keras

keras.utils.set_random_seed(0)
encoder = keras.layers.Dense(8, activation="relu")
head = keras.layers.Dense(1)
encoder.build((None, 4))
head.build((None, 8))
optimizer = keras.optimizers.Adam(1e-2)
x, y = tf.random.normal([16, 4]), tf.random.normal([16, 1])

for step in range(5):
    features = encoder(x)  # <- grad-disabled: encoder.kernel, encoder.bias
    # fix:
    with tf.GradientTape() as tape:
        # fix+ features = encoder(x)
        prediction = head(features)
        loss = tf.reduce_mean(tf.square(prediction - y))
    variables = encoder.trainable_variables + head.trainable_variables
    gradients = tape.gradient(loss, variables)
    optimizer.apply_gradients((g, v) for g, v in zip(gradients, variables) if g is not None)
