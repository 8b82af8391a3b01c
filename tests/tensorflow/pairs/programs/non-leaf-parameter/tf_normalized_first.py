import tensorflow as tf


class Prototypes(tf.Module):
    """One direction for each class."""

    def __init__(self, classes, width):
        super().__init__()
        directions = tf.Variable(tf.random.normal([classes, width]))
        # fix:
        self.body = tf.Variable(tf.random.normal([5, width], stddev=0.4))
        self.directions = tf.math.l2_normalize(directions, axis=1)  # <- non-leaf-parameter: model.directions
        # fix: self.directions = tf.Variable(tf.math.l2_normalize(tf.random.normal([classes, width]), axis=1))

    def __call__(self, x):
        h = tf.math.l2_normalize(tf.tanh(x @ self.body), axis=1)
        return 5.0 * tf.matmul(h, self.directions, transpose_b=True)


tf.random.set_seed(1)
model = Prototypes(3, 4)
optimizer = tf.keras.optimizers.SGD(0.1)
x = tf.random.normal([12, 5])
y = tf.random.uniform([12], 0, 3, dtype=tf.int32)


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, model(x)))
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return loss


for _ in range(4):
    train_step(x, y)
