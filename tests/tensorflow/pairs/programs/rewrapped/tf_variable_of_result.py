import tensorflow as tf


class Net(tf.Module):
    def __init__(self):
        super().__init__()
        self.w1 = tf.Variable(tf.random.normal([5, 8]) * 0.4, name="w1")
        self.w2 = tf.Variable(tf.random.normal([8, 1]) * 0.4, name="w2")

    def __call__(self, x):
        hidden = tf.nn.relu(tf.matmul(x, self.w1))
        hidden = tf.Variable(hidden)  # <- rewrapped: model.w1
        # fix:
        return tf.matmul(hidden, self.w2)


tf.random.set_seed(0)
model = Net()
optimizer = tf.keras.optimizers.Adam(0.01)
x, y = tf.random.normal([12, 5]), tf.random.normal([12, 1])
for i in range(4):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.abs(model(x) - y))
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients([(g, v) for g, v in zip(grads, model.trainable_variables) if g is not None])
