import tensorflow as tf


class Projector(tf.Module):
    def __init__(self, dim, steps):
        super().__init__()
        self.steps = tf.Variable(steps, trainable=False, dtype=tf.float32)
        self.w_in = tf.Variable(tf.random.normal([dim, 8]) * 0.3, trainable=True)
        self.w_out = tf.Variable(tf.random.normal([8, dim]) * 0.3, trainable=False)  # <- warning buffer-not-parameter: model.w_out
        # fix: self.w_out = tf.Variable(tf.random.normal([8, dim]) * 0.3, trainable=True)

    def __call__(self, x):
        self.steps.assign_add(1.0)
        return tf.matmul(tf.nn.tanh(tf.matmul(x, self.w_in)), self.w_out)


tf.random.set_seed(0)
model = Projector(5, 0.0)
optimizer = tf.keras.optimizers.Adam(1e-2)
x = tf.random.normal([32, 5])
for i in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - x) ** 2)
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
