import tensorflow as tf


class Accumulating(tf.keras.Model):
    def __init__(self, every=2):
        super().__init__()
        self.hidden = tf.keras.layers.Dense(8, activation="relu")
        self.out = tf.keras.layers.Dense(1)
        self.every = every

    def call(self, x):
        return self.out(self.hidden(x))

    @tf.function
    def accumulate(self, x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((self(x) - y) ** 2)
        for total, grad in zip(self.sums, tape.gradient(loss, self.trainable_variables)):
            total.assign_add(grad)

    @tf.function
    def apply(self, optimizer):
        grads = [total / self.every for total in self.sums]
        optimizer.apply_gradients(zip(grads, self.trainable_variables))  # <- warning grads-not-cleared: model.hidden.*, model.out.*
        # fix+ for total in self.sums:
        # fix+     total.assign(tf.zeros_like(total))


tf.random.set_seed(0)
model = Accumulating()
x, y = tf.random.normal([64, 4]), tf.random.normal([64, 1])
model(x)
model.sums = [tf.Variable(tf.zeros_like(v), trainable=False) for v in model.trainable_variables]
optimizer = tf.keras.optimizers.Adam(0.01)
optimizer.build(model.trainable_variables)
for step in range(8):
    model.accumulate(x[step * 8 : step * 8 + 8], y[step * 8 : step * 8 + 8])
    if step % model.every == model.every - 1:
        model.apply(optimizer)
