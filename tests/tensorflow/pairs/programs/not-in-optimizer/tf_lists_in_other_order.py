import tensorflow as tf

tf.random.set_seed(0)
w1 = tf.Variable(tf.random.normal([4, 4]))
w2 = tf.Variable(tf.random.normal([4, 4]))
head = tf.Variable(tf.random.normal([4, 1]))
opt = tf.keras.optimizers.SGD(0.05)
x, y = tf.random.normal([8, 4]), tf.random.normal([8, 1])


@tf.function
def step():
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((tf.tanh(tf.tanh(x @ w1) @ w2) @ head - y) ** 2)
    grads = tape.gradient(loss, [w1, w2, head])
    opt.apply_gradients(zip(grads, [w2, w1, head]))  # <- not-in-optimizer: w1, w2
    # fix: opt.apply_gradients(zip(grads, [w1, w2, head]))


for _ in range(5):
    step()
