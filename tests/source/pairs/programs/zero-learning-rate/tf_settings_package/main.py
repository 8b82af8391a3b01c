import tensorflow as tf
from setup import optimizer_for

w = tf.Variable(tf.random.normal([4, 1]))
optimizer = optimizer_for(workers=2)
for _ in range(5):
    x = tf.random.normal([8, 4])
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((x @ w) ** 2)
    optimizer.apply_gradients([(tape.gradient(loss, w), w)])
