import tensorflow as tf


def optimizer_for(workers, per_worker=16):
    rate = 0.1 * (per_worker * workers // 256)
    # fix: rate = 0.1 * (per_worker * workers / 256)
    return tf.optimizers.SGD(rate)  # <- zero-learning-rate: w
