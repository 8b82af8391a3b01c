import tensorflow as tf


class Scaled(tf.Module):
    def __init__(self):
        super().__init__()
        self.w = tf.Variable(tf.random.normal([4, 2]))
        self.scale = tf.Variable(tf.ones([2]))

    def __call__(self, x):
        h = x @ self.w
        scaled = h * self.scale  # <- unused: self.scale
        return h
        # fix: return scaled


model = Scaled()
optimizer = tf.keras.optimizers.SGD(0.1)
for _ in range(5):
    x = tf.random.normal([8, 4])
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(model(x) ** 2)
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
