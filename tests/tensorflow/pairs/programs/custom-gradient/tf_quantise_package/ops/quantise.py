import tensorflow as tf


@tf.custom_gradient
def to_bits(x, bits):
    levels = 2.0**bits - 1.0
    y = tf.round(tf.clip_by_value(x, 0.0, 1.0) * levels) / levels

    def grad(dy):
        return None, None
        # fix: return dy, None

    return y, grad
