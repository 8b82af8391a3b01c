import tensorflow as tf


class Linear(tf.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.w = tf.Variable(tf.random.normal([n_in, n_out]), name="w")
        self.b = tf.Variable(tf.zeros([n_out]), name="b")

    def __call__(self, x):
        self.w = self.w * 0.99  # <- replaced-variable: model.w
        # fix: self.w.assign(self.w * 0.99)
        return tf.matmul(x, self.w) + self.b


tf.random.set_seed(0)
model = Linear(4, 2)
optimizer = tf.keras.optimizers.SGD(0.1)
x, y = tf.random.normal([16, 4]), tf.random.normal([16, 2])
for step in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(x) - y))
    variables = model.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
