import keras
import tensorflow as tf

keras.utils.set_random_seed(0)
x, y = tf.random.normal([16, 5]), tf.random.normal([16, 1])
body = keras.Sequential([keras.layers.Input((5,)), keras.layers.Dense(8, activation="tanh")])
head = keras.layers.Dense(1)
head.build((None, 8))
variables = body.trainable_variables + head.trainable_variables
optimizer = keras.optimizers.Adam(1e-2)

# start from fresh weights
body = keras.models.clone_model(body)  # <- stale-optimizer: body.dense.kernel, body.dense.bias
# fix+ variables = body.trainable_variables + head.trainable_variables
for _ in range(4):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(head(body(x)) - y))
    grads = tape.gradient(loss, variables)
    optimizer.apply_gradients([(g, v) for g, v in zip(grads, variables) if g is not None])
