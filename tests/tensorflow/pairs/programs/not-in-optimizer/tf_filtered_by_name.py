import tensorflow as tf


class Net(tf.Module):
    def __init__(self):
        super().__init__()
        self.kernel = tf.Variable(tf.random.normal([4, 8]) * 0.3, name="kernel")
        self.alpha = tf.Variable(tf.ones([8]) * 0.25, name="prelu_alpha")
        self.head = tf.Variable(tf.random.normal([8, 1]) * 0.3, name="head_kernel")

    def __call__(self, x):
        h = tf.matmul(x, self.kernel)
        h = tf.nn.relu(h) - self.alpha * tf.nn.relu(-h)
        return tf.matmul(h, self.head)


tf.random.set_seed(0)
model = Net()
optimizer = tf.keras.optimizers.Adam(0.01)
x, y = tf.random.normal([16, 4]), tf.random.normal([16, 1])
chosen = [v for v in model.trainable_variables if "kernel" in v.name]
# fix: chosen = model.trainable_variables

for _ in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(x) - y))
    grads = tape.gradient(loss, chosen)  # <- not-in-optimizer: model.alpha
    optimizer.apply_gradients(zip(grads, chosen))
