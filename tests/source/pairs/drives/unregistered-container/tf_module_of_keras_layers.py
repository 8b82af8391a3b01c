import tensorflow as tf

from tests.source.pairs.tf_steps import steps


def drive(load):
    model = load().Actor(3)
    x = tf.random.normal([8, 4])
    for _ in steps(model, lambda: -tf.reduce_mean(tf.math.log(model(x)[:, 0]))):
        yield {"self.body": model.body.variables, "self.head": model.head.variables}
