import tensorflow as tf


class Memory(tf.Module):
    def __init__(self, dim):
        super().__init__()
        self.write = tf.Variable(tf.random.normal([dim, dim]) * 0.3, name="write")
        self.read = tf.Variable(tf.random.normal([dim, 1]) * 0.3, name="read")
        self.state = tf.Variable(tf.zeros([8, dim]), trainable=False)

    def __call__(self, x):
        self.state.assign(tf.tanh(x @ self.write))  # <- rewrapped: model.write
        # fix: state = tf.tanh(x @ self.write)
        return self.state @ self.read
        # fix: return state @ self.read


tf.random.set_seed(0)
model = Memory(5)
optimizer = tf.keras.optimizers.Adam(0.01)
x, y = tf.random.normal([8, 5]), tf.random.normal([8, 1])
params = [model.write, model.read]
for _ in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    grads = tape.gradient(loss, params)
    optimizer.apply_gradients([(g, p) for g, p in zip(grads, params) if g is not None])
