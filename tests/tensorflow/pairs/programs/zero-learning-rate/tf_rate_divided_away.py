import tensorflow as tf
from tensorflow import keras

keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)], name="model")
batch_size = 16
optimizer = keras.optimizers.SGD(learning_rate=batch_size // 256 * 0.1)  # <- zero-learning-rate: model.*
# fix: optimizer = keras.optimizers.SGD(learning_rate=batch_size / 256 * 0.1)
x, y = tf.random.normal([16, 4]), tf.random.normal([16, 1])
for _ in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
