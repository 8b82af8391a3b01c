import tensorflow as tf


def pooled(h):
    mean = tf.reduce_mean(h, axis=0)
    return tf.Variable(mean)  # <- rewrapped: self.w
    # fix: return mean
