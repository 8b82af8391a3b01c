import tensorflow as tf


class Linear(tf.Module):
    def __init__(self, n_in, n_out, gain):
        super().__init__()
        self.make(n_in, n_out, gain)

    def make(self, n_in, n_out, gain):
        self.w = gain * tf.Variable(tf.random.uniform([n_in, n_out]))  # <- non-leaf-parameter: self.w
        # fix: self.w = tf.Variable(gain * tf.random.uniform([n_in, n_out]))
