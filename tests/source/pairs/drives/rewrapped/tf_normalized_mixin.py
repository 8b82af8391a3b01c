import tensorflow as tf


def drive(load):
    trainer = load().trainer
    yield {"self.kernel": trainer.model.kernel}
    for _ in range(2):
        trainer.step(tf.random.normal((8, 4)), tf.random.normal((8, 2)))
        yield {"self.kernel": trainer.model.kernel}
