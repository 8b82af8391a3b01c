import tensorflow as tf


class Scaled(tf.Module):
    def __init__(self):
        super().__init__()
        self.w = tf.Variable(tf.random.normal([4, 3]))
        self.scale = tf.Variable(2)  # <- warning integer-dtype: model.scale
        # fix: self.scale = tf.Variable(2.0)

    def __call__(self, x):
        return tf.matmul(x, self.w) * tf.cast(self.scale, tf.float32)


tf.random.set_seed(0)
model = Scaled()
opt = tf.keras.optimizers.SGD(0.05)
x, y = tf.random.normal([8, 4]), tf.random.normal([8, 3])
for _ in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    params = [model.w, model.scale]
    grads = tape.gradient(loss, params)
    opt.apply_gradients([(g, p) for g, p in zip(grads, params) if g is not None])
