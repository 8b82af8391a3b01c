import tensorflow as tf


class Projection(tf.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.w = tf.Variable(tf.random.normal([n_in, n_out])) * 0.1  # <- non-leaf-parameter: model.w
        # fix: self.w = tf.Variable(tf.random.normal([n_in, n_out]) * 0.1)
        self.b = tf.Variable(tf.zeros([n_out]))

    def __call__(self, x):
        return tf.matmul(x, self.w) + self.b


tf.random.set_seed(0)
model = Projection(8, 1)
optimizer = tf.keras.optimizers.Adam(1e-2)
x, y = tf.random.normal([16, 8]), tf.random.normal([16, 1])
for _ in range(4):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients([(g, v) for g, v in zip(grads, model.trainable_variables) if g is not None])
