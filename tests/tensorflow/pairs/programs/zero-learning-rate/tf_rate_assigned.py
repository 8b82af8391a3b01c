import tensorflow as tf
from tensorflow import keras

keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(1)], name="model")
optimizer = keras.optimizers.Adam(1e-3)  # <- zero-learning-rate: model.*
x, y = tf.random.normal([32, 4]), tf.random.normal([32, 1])
steps_per_epoch = 8
for step in range(5):
    optimizer.learning_rate = 1e-3 * (step // steps_per_epoch)
    # fix: optimizer.learning_rate = 1e-3 * (step + 1) / steps_per_epoch
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    grads = tape.gradient(loss, model.trainable_weights)
    optimizer.apply_gradients(zip(grads, model.trainable_weights))
