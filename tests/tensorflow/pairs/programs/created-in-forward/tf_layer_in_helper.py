import tensorflow as tf
from tensorflow import keras


def project(x, width):
    return keras.layers.Dense(width, use_bias=False)(x)  # <- created-in-forward: *kernel -> projection.kernel
    # fix: return projection(x)


keras.utils.set_random_seed(0)
# fix+ projection = keras.layers.Dense(4, use_bias=False)
# fix+ projection.build((None, 6))
head = keras.layers.Dense(1)
head.build((None, 4))
optimizer = keras.optimizers.Adam(1e-2)
x, y = tf.random.normal([16, 6]), tf.random.normal([16, 1])
variables = head.trainable_variables
# fix: variables = head.trainable_variables + projection.trainable_variables
for _ in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((head(tf.tanh(project(x, 4))) - y) ** 2)
    grads = tape.gradient(loss, variables)
    optimizer.apply_gradients(zip(grads, variables))
