import tensorflow as tf


class Linear(tf.Module):
    def __init__(self):
        super().__init__()
        self.w = tf.Variable(tf.random.normal([4, 4]))
        self.u = tf.Variable(tf.random.normal([4, 4]))

    def __call__(self, x):
        return tf.tanh(x @ self.w) @ self.u


tf.random.set_seed(0)
model = Linear()
opt = tf.keras.optimizers.SGD(0.05)
x, y = tf.random.normal([8, 4]), tf.random.normal([8, 4])
params = [model.w, model.u]
for _ in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    grads = tape.gradient(loss, params)
    opt.apply_gradients(zip(grads, params[:1]))  # <- not-in-optimizer: model.u
    # fix: opt.apply_gradients(zip(grads, params))
