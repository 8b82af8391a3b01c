import tensorflow as tf


@tf.custom_gradient
def clipped(x):
    return tf.clip_by_value(x, -1.0, 1.0), lambda dy: tf.zeros_like(dy)
    # fix: return tf.clip_by_value(x, -1.0, 1.0), lambda dy: dy


w = tf.Variable(tf.random.normal([4, 4]), name="w")
v = tf.Variable(tf.random.normal([4, 1]), name="v")
optimizer = tf.keras.optimizers.SGD(0.1)
for _ in range(5):
    x = tf.random.normal([8, 4])
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((clipped(x @ w) @ v) ** 2)  # <- custom-gradient: w
    grads = tape.gradient(loss, [w, v])
    optimizer.apply_gradients(zip(grads, [w, v]))
