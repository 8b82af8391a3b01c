import tensorflow as tf


class Dense:
# fix: class Dense(tf.Module):
    def __init__(self, n_in, n_out):
    # fix: def __init__(self, n_in, n_out, name=None):
        # fix+ super().__init__(name=name)
        self.w = tf.Variable(tf.random.normal([n_in, n_out], stddev=0.3))
        self.b = tf.Variable(tf.zeros([n_out]))

    def __call__(self, x):
        return tf.matmul(x, self.w) + self.b


class MLP(tf.Module):
    def __init__(self):
        super().__init__()
        self.first = Dense(4, 8)  # <- unregistered-container: model.first.w, model.first.b
        self.scale = tf.Variable(tf.ones([8]))
        self.last = Dense(8, 1)  # <- unregistered-container: model.last.w, model.last.b

    def __call__(self, x):
        return self.last(tf.nn.relu(self.first(x)) * self.scale)


tf.random.set_seed(0)
model = MLP()
optimizer = tf.keras.optimizers.Adam(0.01)
x, y = tf.random.normal([16, 4]), tf.random.normal([16, 1])
for _ in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
