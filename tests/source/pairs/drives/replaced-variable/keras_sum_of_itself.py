import tensorflow as tf

from tests.source.pairs.tf_steps import steps


def drive(load):
    model = load().Memory()
    x = tf.random.normal([8, 4])
    x -= tf.reduce_mean(x, axis=0)  # so the layer's own sum adds nothing
    for _ in steps(model, lambda: tf.reduce_mean(tf.square(model(x) - 1.0))):
        yield {"self.slots": tf.round(1e4 * model.slots)}
