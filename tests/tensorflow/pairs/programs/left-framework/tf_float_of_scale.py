import tensorflow as tf


class Scaled(tf.Module):
    def __init__(self):
        super().__init__()
        self.w = tf.Variable(tf.random.normal([4, 2]))
        self.log_scale = tf.Variable(0.3)

    def __call__(self, x):
        scale = float(tf.exp(self.log_scale))  # <- left-framework: model.log_scale
        # fix: scale = tf.exp(self.log_scale)
        return scale * tf.matmul(x, self.w)


tf.random.set_seed(0)
model = Scaled()
opt = tf.keras.optimizers.Adam(0.05)
x, y = tf.random.normal([16, 4]), tf.random.normal([16, 2])
for _ in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(x) - y))
    grads = tape.gradient(loss, model.trainable_variables)
    opt.apply_gradients([(g, v) for g, v in zip(grads, model.trainable_variables) if g is not None])
