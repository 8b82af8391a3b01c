import tensorflow as tf


class Levels(tf.Module):
    def __init__(self):
        super().__init__()
        self.gains = tf.Variable([1, 2, 4])  # <- warning integer-dtype: self.gains
        # fix: self.gains = tf.Variable([1.0, 2.0, 4.0])

    def __call__(self, x):
        return x * tf.cast(self.gains, tf.float32)
