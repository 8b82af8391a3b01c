import tensorflow as tf


def weight(shape, name):
    return tf.Variable(tf.random.truncated_normal(shape, stddev=0.02), name=name)
