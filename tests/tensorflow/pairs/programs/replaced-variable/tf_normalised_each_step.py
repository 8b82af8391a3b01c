import tensorflow as tf


class Prototypes(tf.Module):
    def __init__(self, n, dim):
        super().__init__()
        self.vectors = tf.Variable(tf.random.normal([n, dim]), name="vectors")
        self.encode = tf.Variable(tf.random.normal([5, dim], stddev=0.4), name="encode")

    def __call__(self, x):
        return tf.matmul(x @ self.encode, self.vectors, transpose_b=True)

    def renormalise(self):
        self.vectors = tf.math.l2_normalize(self.vectors, axis=1)  # <- replaced-variable: model.vectors
        # fix: self.vectors.assign(tf.math.l2_normalize(self.vectors, axis=1))


tf.random.set_seed(0)
model = Prototypes(3, 4)
optimizer = tf.keras.optimizers.SGD(0.1)
x = tf.random.normal([16, 5])
y = tf.random.uniform([16], 0, 3, tf.int32)
for _ in range(5):
    model.renormalise()
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, model(x)))
    variables = model.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
