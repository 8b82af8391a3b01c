import tensorflow as tf

tf.random.set_seed(1)
backbone = tf.Variable(tf.random.normal([4, 6]) * 0.4, name="backbone")
head = tf.Variable(tf.random.normal([6, 1]) * 0.4, name="head")
optimizer = tf.keras.optimizers.SGD(0.1)
x, y = tf.random.normal([16, 4]), tf.random.normal([16, 1])

for step in range(5):
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(head)
        # fix: tape.watch([backbone, head])
        loss = tf.reduce_mean((tf.tanh(x @ backbone) @ head - y) ** 2)
    variables = [backbone, head]
    grads = tape.gradient(loss, variables)  # <- grad-disabled: backbone
    optimizer.apply_gradients([(g, v) for g, v in zip(grads, variables) if g is not None])
