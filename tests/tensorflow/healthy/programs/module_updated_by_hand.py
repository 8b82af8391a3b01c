import tensorflow as tf


class MLP(tf.Module):
    def __init__(self, sizes):
        super().__init__()
        self.ws = [tf.Variable(tf.random.normal([a, b], stddev=a**-0.5)) for a, b in zip(sizes, sizes[1:])]
        self.bs = [tf.Variable(tf.zeros([b])) for b in sizes[1:]]
        self.steps = tf.Variable(0, trainable=False, dtype=tf.int64)

    @tf.function
    def __call__(self, x):
        self.steps.assign_add(1)
        for w, b in zip(self.ws[:-1], self.bs[:-1]):
            x = tf.nn.relu(x @ w + b)
        return x @ self.ws[-1] + self.bs[-1]


tf.random.set_seed(0)
net = MLP([4, 16, 16, 1])
lr = tf.Variable(0.1, trainable=False)
x, y = tf.random.normal([32, 4]), tf.random.normal([32, 1])
for epoch in range(4):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((net(x) - y) ** 2)
    for v, g in zip(net.trainable_variables, tape.gradient(loss, net.trainable_variables)):
        v.assign_sub(lr * g)
    lr.assign(lr * 0.9)
