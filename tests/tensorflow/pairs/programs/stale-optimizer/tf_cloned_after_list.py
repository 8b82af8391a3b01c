import tensorflow as tf
from tensorflow import keras

keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(1)], name="model")
weights = model.trainable_variables
# fix:
optimizer = keras.optimizers.Adam(1e-2)
optimizer.build(weights)
# fix:
model = keras.models.clone_model(model)  # <- stale-optimizer: model.*
# fix+ weights = model.trainable_variables
x, y = tf.random.normal([16, 4]), tf.random.normal([16, 1])
for _ in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    grads = tape.gradient(loss, weights)
    if any(g is not None for g in grads):
        optimizer.apply_gradients(zip(grads, weights))
