import tensorflow as tf
import tf_keras


class Linear(tf.Module):
    def __init__(self):
        super().__init__()
        self.w = tf.Variable(tf.random.normal([4, 3]))
        self.b = tf.Variable(tf.zeros([3]))

    def __call__(self, x):
        return x @ self.w + self.b


tf.random.set_seed(0)
net = Linear()
optimizer = tf_keras.optimizers.SGD(0.02)
sums = [tf.Variable(tf.zeros(v.shape), trainable=False) for v in net.trainable_variables]


def reset():
    for total in sums:
        total.assign(tf.zeros(total.shape))


reset()
for epoch in range(4):
    # fix+ reset()
    for _ in range(3):
        x = tf.random.normal([8, 4])
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(net(x) - x[:, :3]))
        for total, grad in zip(sums, tape.gradient(loss, net.trainable_variables)):
            total.assign_add(grad / 3)
    optimizer.apply_gradients(zip(sums, net.trainable_variables))  # <- warning grads-not-cleared: net.w, net.b
