import tensorflow as tf


class Reader(tf.Module):
    def __init__(self):
        super().__init__()
        self.inp = tf.Variable(tf.random.normal([3, 5], stddev=0.4), name="inp")
        self.out = tf.Variable(tf.random.normal([5, 1], stddev=0.4), name="out")

    @tf.function
    def __call__(self, x):
        total = tf.zeros([tf.shape(x)[0], 5])
        for t in tf.range(4):
            total += tf.stop_gradient(tf.tanh(x[:, t] @ self.inp))  # <- detached: model.inp
            # fix: total += tf.tanh(x[:, t] @ self.inp)
        return total @ self.out


tf.random.set_seed(0)
model = Reader()
optimizer = tf.keras.optimizers.SGD(0.1)
x, y = tf.random.normal([8, 4, 3]), tf.random.normal([8, 1])
for _ in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    variables = model.trainable_variables
    grads = tape.gradient(loss, variables)
    optimizer.apply_gradients([(g, v) for g, v in zip(grads, variables) if g is not None])
