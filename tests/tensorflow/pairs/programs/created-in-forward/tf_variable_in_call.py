import tensorflow as tf


class Attention(tf.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim
        self.query = tf.Variable(tf.random.normal([dim, dim], stddev=0.1))
        self.key = tf.Variable(tf.random.normal([dim, dim], stddev=0.1))
        # fix+ self.temperature = tf.Variable(tf.ones([1]))

    def __call__(self, x):
        self.temperature = tf.Variable(tf.ones([1]))  # <- created-in-forward: model.temperature
        # fix:
        q, k = x @ self.query, x @ self.key
        scores = tf.nn.softmax(tf.matmul(q, k, transpose_b=True) / self.temperature)
        return scores @ x


tf.random.set_seed(1)
model = Attention(6)
optimizer = tf.keras.optimizers.Adam(0.01)
x, y = tf.random.normal([5, 6]), tf.random.normal([5, 6])
model(x)
variables = model.trainable_variables
for _ in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    grads = tape.gradient(loss, variables)
    optimizer.apply_gradients((g, v) for g, v in zip(grads, variables) if g is not None)
