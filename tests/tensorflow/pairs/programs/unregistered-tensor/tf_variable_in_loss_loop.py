import tensorflow as tf


class Contrastive(tf.keras.losses.Loss):
    def __init__(self, temperature=0.5):
        super().__init__()
        self.log_scale = tf.Variable(tf.math.log(1.0 / temperature))  # <- unregistered-tensor: loss_fn.log_scale

    def call(self, y_true, y_pred):
        logits = tf.exp(self.log_scale) * tf.matmul(y_pred, y_true, transpose_b=True)
        labels = tf.range(tf.shape(logits)[0])
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)


tf.random.set_seed(0)
encoder = tf.keras.Sequential([tf.keras.layers.Dense(16, activation="tanh"), tf.keras.layers.Dense(4)])
loss_fn = Contrastive()
optimizer = tf.keras.optimizers.Adam(0.01)
one, other = tf.random.normal([16, 6]), tf.random.normal([16, 6])
encoder(one)
weights = encoder.trainable_variables
# fix: weights = encoder.trainable_variables + [loss_fn.log_scale]


@tf.function
def train_step(one, other):
    with tf.GradientTape() as tape:
        a, b = (tf.math.l2_normalize(encoder(each), axis=-1) for each in (one, other))
        loss = tf.reduce_mean(loss_fn(b, a))
    grads = tape.gradient(loss, weights)
    optimizer.apply_gradients(zip(grads, weights))
    return loss


for _ in range(5):
    train_step(one, other)
