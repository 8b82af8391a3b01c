import tensorflow as tf
from tensorflow import keras

body = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu")])
head = keras.layers.Dense(1)
head.build((None, 8))
weights = [*body.trainable_weights, *head.trainable_weights]
optimizer = keras.optimizers.SGD(0.1)
body = keras.models.clone_model(body)  # <- stale-optimizer: body
# fix:


@tf.function
def step(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((head(body(x)) - y) ** 2)
    grads = tape.gradient(loss, weights)
    optimizer.apply_gradients([(g, w) for g, w in zip(grads, weights) if g is not None])


for _ in range(5):
    step(tf.random.normal([8, 4]), tf.random.normal([8, 1]))
