import tensorflow as tf

tf.random.set_seed(0)
w1 = tf.Variable(tf.random.normal([4, 8]) * 0.3)
b1 = tf.Variable(tf.zeros([8]) + 0.01)
w2 = tf.Variable(tf.random.normal([8, 1]) * 0.3)

optimizer = tf.keras.optimizers.Adam(0.01)
params = [w1, w2]
# fix: params = [w1, b1, w2]
x, y = tf.random.normal([16, 4]), tf.random.normal([16, 1])

for epoch in range(5):
    with tf.GradientTape() as tape:
        hidden = tf.nn.sigmoid(tf.matmul(x, w1) + b1)
        loss = tf.reduce_mean(tf.square(tf.matmul(hidden, w2) - y))
    optimizer.apply_gradients(zip(tape.gradient(loss, params), params))  # <- warning not-in-optimizer: b1
