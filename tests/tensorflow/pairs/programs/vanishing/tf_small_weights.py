import tensorflow as tf


class Dense(tf.Module):
    def __init__(self, n_in, n_out, stddev=0.05):
        # fix: def __init__(self, n_in, n_out, stddev=0.18):
        super().__init__()
        self.w = tf.Variable(tf.random.normal([n_in, n_out], stddev=stddev))
        self.b = tf.Variable(tf.zeros([n_out]))

    def __call__(self, x):
        return x @ self.w + self.b  # <- warning vanishing: net.blocks.[0-5].*


class Net(tf.Module):
    def __init__(self, depth=12, width=32):
        super().__init__()
        self.blocks = [Dense(width, width) for _ in range(depth)]
        self.head = Dense(width, 1)

    def __call__(self, x):
        for block in self.blocks:
            x = tf.tanh(block(x))
        return self.head(x)


tf.random.set_seed(0)
net = Net()
optimizer = tf.keras.optimizers.Adam(1e-4)
x, y = tf.random.normal([16, 32]), tf.random.normal([16, 1])
for _ in range(4):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(net(x) - y))
    variables = net.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
