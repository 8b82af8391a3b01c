import tensorflow as tf

tf.random.set_seed(0)
hidden = tf.Variable(tf.random.normal([4, 8]) * 0.3)
mix = tf.Variable(tf.random.normal([8, 8]) * 0.3)
head = tf.Variable(tf.random.normal([8, 1]) * 0.3)

optimizer = tf.keras.optimizers.Adam(0.01)
params = [hidden, head]
# fix: params = [hidden, mix, head]
x, y = tf.random.normal([16, 4]), tf.random.normal([16, 1])

for epoch in range(5):
    with tf.GradientTape() as tape:
        h = tf.nn.relu(tf.matmul(x, hidden))
        h = tf.nn.relu(tf.matmul(h, mix))
        loss = tf.reduce_mean(tf.square(tf.matmul(h, head) - y))
    grads = tape.gradient(loss, params)  # <- not-in-optimizer: mix
    optimizer.apply_gradients(zip(grads, params))
