import tensorflow as tf

from tests.source.pairs.tf_steps import steps


def drive(load):
    model = load().Annealed()
    x = tf.random.normal([8, 4])
    for step in steps(model, lambda: tf.reduce_mean(tf.square(model(x, training=True) - x / 2))):
        # What the annealing alone has made of it is taken out.
        yield {"self.temperature": tf.round(1e4 * model.temperature / 0.99 ** (step + 1))}
