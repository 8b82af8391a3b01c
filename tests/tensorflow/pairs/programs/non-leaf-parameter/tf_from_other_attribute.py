import tensorflow as tf


class PositiveGain(tf.Module):
    def __init__(self, n_in, width):
        super().__init__()
        self.w = tf.Variable(tf.random.normal([n_in, width], stddev=0.4))
        self.log_gain = tf.Variable(tf.zeros([width]))
        self.gain = tf.exp(self.log_gain)  # <- non-leaf-parameter: model.log_gain, model.gain -> model.log_gain
        # fix:

    def __call__(self, x):
        return tf.reduce_sum(tf.tanh(x @ self.w) * self.gain, axis=1)
        # fix: return tf.reduce_sum(tf.tanh(x @ self.w) * tf.exp(self.log_gain), axis=1)


tf.random.set_seed(0)
model = PositiveGain(5, 4)
optimizer = tf.keras.optimizers.SGD(0.1)
x, y = tf.random.normal([16, 5]), tf.random.normal([16])
for _ in range(4):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(x) - y))
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients([(g, v) for g, v in zip(grads, model.trainable_variables) if g is not None])
