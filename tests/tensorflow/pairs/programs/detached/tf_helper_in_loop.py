import tensorflow as tf


def normalise(x):
    x = tf.stop_gradient(x)  # <- detached: encoder.w, encoder.b
    # fix:
    return x / (tf.norm(x, axis=-1, keepdims=True) + 1e-6)


class Dense(tf.Module):
    def __init__(self, n_in, n_out, name=None):
        super().__init__(name=name)
        self.w = tf.Variable(tf.random.normal([n_in, n_out]) / n_in**0.5, name="w")
        self.b = tf.Variable(tf.zeros([n_out]) + 0.1, name="b")

    def __call__(self, x):
        return tf.matmul(x, self.w) + self.b


tf.random.set_seed(4)
encoder, head = Dense(6, 4), Dense(4, 2)
optimizer = tf.keras.optimizers.Adam(1e-2)
x = tf.random.normal([16, 6])
y = tf.random.uniform([16], 0, 2, dtype=tf.int32)
variables = [*encoder.trainable_variables, *head.trainable_variables]


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        logits = head(normalise(encoder(x)))
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))
    grads = tape.gradient(loss, variables)
    optimizer.apply_gradients([(g, v) for g, v in zip(grads, variables) if g is not None])
    return loss


for _ in range(5):
    train_step(x, y)
