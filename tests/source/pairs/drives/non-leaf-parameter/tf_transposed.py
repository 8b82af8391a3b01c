import tensorflow as tf

from tests.source.pairs.tf_steps import steps


def drive(load):
    model = load().Tied(4, 3)
    x = tf.random.normal([8, 4])
    for _ in steps(model, lambda: tf.reduce_mean(tf.square(model(x) - 1.0))):
        yield {"self.kernel": model.kernel}
