import tensorflow as tf

tf.keras.utils.set_random_seed(0)
net = tf.keras.Sequential([tf.keras.layers.Input((1,)), tf.keras.layers.Dense(16, activation="tanh"), tf.keras.layers.Dense(1)])
opt = tf.keras.optimizers.Adam(1e-3)


@tf.function
def step(t):
    with tf.GradientTape() as tape:
        with tf.GradientTape() as outer:
            outer.watch(t)
            with tf.GradientTape() as inner:
                inner.watch(t)
                u = net(t)
            du = inner.gradient(u, t)
        d2u = outer.gradient(du, t)
        loss = tf.reduce_mean((d2u + u) ** 2) + tf.reduce_mean((net(tf.zeros([1, 1])) - 1.0) ** 2)
    opt.apply_gradients(zip(tape.gradient(loss, net.trainable_variables), net.trainable_variables))
    return loss


for _ in range(4):
    step(tf.random.uniform([16, 1]))
