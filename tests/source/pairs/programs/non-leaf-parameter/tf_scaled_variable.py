import tensorflow as tf


class Projection(tf.Module):
    def __init__(self, n, m):
        super().__init__()
        self.w = tf.Variable(tf.random.normal([n, m])) * 0.02  # <- non-leaf-parameter: self.w
        # fix: self.w = tf.Variable(tf.random.normal([n, m]) * 0.02)

    def __call__(self, x):
        return tf.matmul(x, self.w)
