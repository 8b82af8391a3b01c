import tensorflow as tf

from tests.source.pairs.tf_steps import steps


def drive(load):
    model = load().Levels()
    x = tf.random.normal([8, 3])
    for _ in steps(model, lambda: tf.reduce_mean(tf.square(model(x) - 1.0))):
        yield {"self.gains": model.gains}
