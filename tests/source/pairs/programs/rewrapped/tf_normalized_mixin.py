import tensorflow as tf


class Normalized:
    """For modules that have `self.kernel`."""

    def normalized(self):
        return tf.Variable(tf.math.l2_normalize(self.kernel, axis=0))  # <- rewrapped: self.kernel
        # fix: return tf.math.l2_normalize(self.kernel, axis=0)


class Cosine(Normalized, tf.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.kernel = tf.Variable(tf.random.normal((n_in, n_out)))
        self.offset = tf.Variable(tf.zeros(n_out))

    def __call__(self, x):
        return tf.math.l2_normalize(x, axis=1) @ self.normalized() + self.offset


class Trainer:
    def __init__(self, model, rate=0.1):
        self.model = model
        self.optimizer = tf.keras.optimizers.SGD(rate)

    def step(self, x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(self.model(x) - y))
        variables = self.model.trainable_variables
        gradients = tape.gradient(loss, variables)
        self.optimizer.apply_gradients(zip(gradients, variables))
        return loss


trainer = Trainer(Cosine(4, 2))
for _ in range(5):
    print(trainer.step(tf.random.normal((8, 4)), tf.random.normal((8, 2))))
