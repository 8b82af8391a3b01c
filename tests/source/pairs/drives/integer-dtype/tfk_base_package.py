import tensorflow as tf

from tests.source.pairs.tf_steps import fits


def drive(load):
    model = load().Student()
    x, y = tf.random.normal([8, 4]), tf.random.normal([8, 10])
    for _ in fits(model, x, y):
        yield {"self.temperature": model.temperature}
