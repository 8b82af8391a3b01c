import tensorflow as tf

tf.random.set_seed(0)
w = tf.random.normal([6, 2])
# fix: w = tf.Variable(tf.random.normal([6, 2]))
b = tf.Variable(tf.zeros([2]))
x, y = tf.random.normal([16, 6]), tf.random.normal([16, 2])
rate = 0.1

for step in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((x @ w + b - y) ** 2)
    dw, db = tape.gradient(loss, [w, b])  # <- grad-disabled: w
    if dw is not None:
        w = w - rate * dw
        # fix: w.assign_sub(rate * dw)
    b.assign_sub(rate * db)
