import tensorflow as tf


class Affine(tf.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.w = tf.Variable(tf.random.normal([n_in, n_out]))
        self.n_out = n_out
        # fix+ self.b = tf.Variable(tf.zeros([self.n_out]))

    def __call__(self, x):
        b = tf.Variable(tf.zeros([self.n_out]))  # <- created-in-forward: b
        # fix:
        return tf.matmul(x, self.w) + b
        # fix: return tf.matmul(x, self.w) + self.b
