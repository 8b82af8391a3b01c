import tensorflow as tf

from tests.source.pairs.tf_steps import fits


def drive(load):
    model = load().Refine(8)
    x, y = tf.random.normal([8, 4]), tf.random.normal([8, 4])
    for _ in fits(model, x, y):
        yield {"Sequential": model.trainable_variables}
