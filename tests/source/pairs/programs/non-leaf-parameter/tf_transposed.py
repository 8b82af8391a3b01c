import tensorflow as tf


class Tied(tf.Module):
    def __init__(self, n, m):
        super().__init__()
        self.kernel = tf.transpose(tf.Variable(tf.random.normal([m, n]), name="kernel"))  # <- non-leaf-parameter: self.kernel
        # fix: self.kernel = tf.Variable(tf.transpose(tf.random.normal([m, n])), name="kernel")

    def __call__(self, x):
        return x @ self.kernel
