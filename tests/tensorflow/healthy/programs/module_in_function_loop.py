"""Plain TensorFlow: modules, a recurrent cell in a `tf.while_loop` by autograph, gradients clipped."""

import tensorflow as tf


class Cell(tf.Module):
    def __init__(self, n_in, n_out, name=None):
        super().__init__(name=name)
        self.w = tf.Variable(tf.random.normal([n_in, n_out], stddev=0.4), name="w")
        self.u = tf.Variable(tf.random.normal([n_out, n_out], stddev=0.4), name="u")
        self.b = tf.Variable(tf.zeros([n_out]), name="b")

    def __call__(self, x, h):
        return tf.tanh(x @ self.w + h @ self.u + self.b)


class Tagger(tf.Module):
    def __init__(self):
        super().__init__()
        self.cell = Cell(3, 6)
        self.out = tf.Variable(tf.random.normal([6, 1], stddev=0.4), name="out")
        self.steps = tf.Variable(0, trainable=False, dtype=tf.int64)

    @tf.function
    def __call__(self, x):
        h = tf.zeros([tf.shape(x)[0], 6])
        for t in tf.range(tf.shape(x)[1]):
            h = self.cell(x[:, t], h)
        self.steps.assign_add(1)
        return h @ self.out


tf.random.set_seed(0)
model = Tagger()
x = tf.random.normal([16, 5, 3])
y = tf.reduce_sum(x[:, -1], axis=-1, keepdims=True)


@tf.function
def train(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    variables = model.trainable_variables
    grads, _ = tf.clip_by_global_norm(tape.gradient(loss, variables), 1.0)
    for gradient, variable in zip(grads, variables):
        variable.assign_sub(0.1 * gradient)
    return loss


for _ in range(6):
    print(float(train(x, y)))
