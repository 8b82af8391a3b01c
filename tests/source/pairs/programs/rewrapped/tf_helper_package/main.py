import tensorflow as tf
from pooling import pooled


class Encoder(tf.Module):
    def __init__(self, width):
        super().__init__()
        self.w = tf.Variable(tf.random.normal([4, width]))

    def __call__(self, x):
        return tf.tanh(x @ self.w)


class Head(tf.Module):
    def __init__(self, width):
        super().__init__()
        self.v = tf.Variable(tf.random.normal([width, 1]))

    def __call__(self, h):
        return tf.tensordot(h, self.v, 1)


def train(steps):
    encoder, head = Encoder(8), Head(8)
    optimizer = tf.keras.optimizers.Adam(1e-2)
    variables = [*encoder.trainable_variables, *head.trainable_variables]
    for _ in range(steps):
        x = tf.random.normal([16, 4])
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(head(pooled(encoder(x))) ** 2)
        grads = tape.gradient(loss, variables)
        optimizer.apply_gradients(zip(grads, variables))


if __name__ == "__main__":
    train(5)
