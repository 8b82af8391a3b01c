import tensorflow as tf


class Block(tf.Module):
    def __init__(self, n):
        super().__init__()
        self.w = tf.Variable(tf.random.normal([n, n], stddev=0.3))
        self.scale = tf.ones([n])

    def __call__(self, x):
        return tf.nn.gelu(x @ self.w) * self.scale


class Net(tf.Module):
    def __init__(self):
        super().__init__()
        self.blocks = [Block(8) for _ in range(3)]
        self.mix = tf.random.normal([3])  # <- warning unregistered-tensor: net.mix
        # fix: self.mix = tf.Variable(tf.random.normal([3]))
        self.out = tf.Variable(tf.random.normal([8, 1], stddev=0.3))

    def __call__(self, x):
        weights = tf.nn.softmax(self.mix)
        outs = [block(x) for block in self.blocks]
        return tf.add_n([w * o for w, o in zip(tf.unstack(weights), outs)]) @ self.out


tf.random.set_seed(0)
net = Net()
opt = tf.keras.optimizers.Adam(0.01)
x, y = tf.random.normal([16, 8]), tf.random.normal([16, 1])
for _ in range(4):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((net(x) - y) ** 2)
    opt.apply_gradients(zip(tape.gradient(loss, net.trainable_variables), net.trainable_variables))
