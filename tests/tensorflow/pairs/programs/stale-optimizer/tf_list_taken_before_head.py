import tensorflow as tf


class Dense(tf.Module):
    def __init__(self, n_in, n_out, name=None):
        super().__init__(name=name)
        self.w = tf.Variable(tf.random.normal([n_in, n_out], stddev=0.3), name="w")
        self.b = tf.Variable(tf.zeros([n_out]), name="b")

    def __call__(self, x):
        return tf.matmul(x, self.w) + self.b


class Classifier(tf.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.body = Dense(5, 8)
        self.head = Dense(8, n_classes)

    def __call__(self, x):
        return self.head(tf.tanh(self.body(x)))


tf.random.set_seed(0)
model = Classifier(10)
variables = model.trainable_variables
# fix:
optimizer = tf.keras.optimizers.Adam(1e-2)

# three classes in the new task
model.head = Dense(8, 3)  # <- stale-optimizer: model.head.w, model.head.b
# fix+ variables = model.trainable_variables
x = tf.random.normal([16, 5])
y = tf.random.uniform([16], 0, 3, dtype=tf.int32)
for _ in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, model(x)))
    grads = tape.gradient(loss, variables)
    optimizer.apply_gradients([(g, v) for g, v in zip(grads, variables) if g is not None])
