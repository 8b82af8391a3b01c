import tensorflow as tf


class Router(tf.Module):
    def __init__(self):
        super().__init__()
        self.gate = tf.Variable(tf.random.normal([4, 3]), name="gate")
        self.experts = tf.Variable(tf.random.normal([3, 4, 1], stddev=0.4), name="experts")

    def __call__(self, x, temperature):
        choice = tf.nn.softmax(x @ self.gate / temperature)  # <- saturated: model.gate
        each = tf.einsum("bi,eio->beo", x, self.experts)
        return tf.reduce_sum(choice[..., None] * each, axis=1)


tf.random.set_seed(0)
model = Router()
optimizer = tf.keras.optimizers.SGD(0.01)
x, y = tf.random.normal([16, 4]), tf.random.normal([16, 1])
temperature = 1e-5
# fix: temperature = 1.0
for _ in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x, temperature) - y) ** 2)
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
