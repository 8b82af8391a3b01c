import tensorflow as tf

from tests.source.pairs.tf_steps import noting


def drive(load):
    program = load()
    with noting() as first:
        model = program.fine_tune(tf.random.normal([8, 4]), tf.random.normal([8, 3]), 3)
    yield {"self.head": first(model.head.variables)}
    yield {"self.head": model.head.variables}
