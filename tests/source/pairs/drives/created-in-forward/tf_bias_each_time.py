import tensorflow as tf

from tests.source.pairs.tf_steps import steps


def drive(load):
    model = load().Affine(4, 3)
    x = tf.random.normal([8, 4])
    for _ in steps(model, lambda: tf.reduce_mean(tf.square(model(x) - 1.0))):
        yield {"b": [each for each in model.trainable_variables if each is not model.w]}
