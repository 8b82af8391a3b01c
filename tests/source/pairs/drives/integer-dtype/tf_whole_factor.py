import tensorflow as tf

from tests.source.pairs.tf_steps import steps


def drive(load):
    model = load().Sharpened()
    p = tf.random.uniform([8, 3], 0.1, 0.9)
    for _ in steps(model, lambda: tf.reduce_mean(model(p))):
        yield {"self.power": model.power}
