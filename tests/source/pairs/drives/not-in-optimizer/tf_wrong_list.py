import tensorflow as tf

RAISES = (ValueError, tf.errors.InvalidArgumentError)
"""The shapes of the two networks differ."""


def drive(load):
    program = load()
    generator = program.generator
    generator(tf.random.normal([8, 2]))
    yield {"self.hidden": generator.hidden.variables, "self.picture": generator.picture.variables}
    for _ in range(2):
        program.step(tf.random.normal([8, 4]))
    yield {"self.hidden": generator.hidden.variables, "self.picture": generator.picture.variables}
