import tensorflow as tf


class Scorer(tf.Module):
    def __init__(self):
        super().__init__()
        self.w = tf.Variable(tf.random.normal([5, 3]) * 0.5)
        self.out = tf.Variable(tf.random.normal([3, 1]) * 0.5)
        self.bias = tf.Variable(tf.zeros([1]))

    def __call__(self, x):
        logp = tf.nn.log_softmax(x @ self.w)
        h = tf.nn.relu(logp)  # <- dead-activation: model.w, model.out
        # fix: h = tf.nn.relu(logp + 5.0)
        return h @ self.out + self.bias


tf.random.set_seed(0)
model = Scorer()
optimizer = tf.keras.optimizers.SGD(0.1)
x, y = tf.random.normal([16, 5]), tf.random.normal([16, 1])
for _ in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
