import tensorflow as tf


class Block(tf.Module):
    def __init__(self, dim, normalize):
        super().__init__()
        self.normalize = normalize
        self.w = tf.Variable(tf.random.uniform([dim, dim], -0.25, 0.25))
        self.b = tf.Variable(tf.zeros([dim]))

    def __call__(self, x):
        h = x
        if self.normalize:
            mean, variance = tf.nn.moments(x, [-1], keepdims=True)
            h = (x - mean) / tf.sqrt(variance + 1e-5)
        return x + 8 * tf.nn.leaky_relu(h @ self.w + self.b, 0.8)  # <- warning exploding: net.blocks.[0-5].*


class Net(tf.Module):
    def __init__(self, dim=16, depth=12, normalize=False):
        # fix: def __init__(self, dim=16, depth=12, normalize=True):
        super().__init__()
        self.blocks = [Block(dim, normalize) for _ in range(depth)]
        self.out = tf.Variable(tf.random.normal([dim, 2], stddev=0.2))

    def __call__(self, x):
        for block in self.blocks:
            x = block(x)
        return x @ self.out


tf.random.set_seed(0)
net = Net()
optimizer = tf.keras.optimizers.Adam(1e-3)
x, y = tf.random.normal([16, 16]), tf.random.normal([16, 2])
for _ in range(4):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(net(x) - y))
    grads = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(grads, net.trainable_variables))
