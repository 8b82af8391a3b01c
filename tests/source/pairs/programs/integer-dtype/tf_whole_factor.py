import tensorflow as tf


class Sharpened(tf.Module):
    def __init__(self):
        super().__init__()
        self.power = tf.Variable(3)  # <- warning integer-dtype: self.power
        # fix: self.power = tf.Variable(3.0)

    def __call__(self, p):
        return tf.pow(p, tf.cast(self.power, p.dtype))
