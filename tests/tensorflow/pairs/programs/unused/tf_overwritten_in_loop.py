import tensorflow as tf


class Pyramid(tf.Module):
    def __init__(self, n=3):
        super().__init__()
        self.levels = [tf.Variable(tf.random.normal([4, 4]) * 0.5) for _ in range(n)]
        self.out = tf.Variable(tf.random.normal([4, 1]))

    def __call__(self, x):
        for w in self.levels:
            h = tf.nn.relu(x @ w)  # <- unused: model.levels.0, model.levels.1
            # fix: x = h = tf.nn.softplus(x @ w)
        return h @ self.out


tf.random.set_seed(0)
model = Pyramid()
optimizer = tf.keras.optimizers.SGD(0.05)
x, y = tf.random.normal([12, 4]), tf.random.normal([12, 1])
for _ in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients([(g, v) for g, v in zip(grads, model.trainable_variables) if g is not None])
