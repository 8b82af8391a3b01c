import tensorflow as tf


class GatedUnit(tf.Module):
    def __init__(self, n_in, n_out, name=None):
        super().__init__(name=name)
        self.w = tf.Variable(tf.random.normal([n_in, n_out]) * 0.3, name="w")
        self.gate = tf.random.normal([n_out])  # <- warning unregistered-tensor: model.gate
        # fix: self.gate = tf.Variable(tf.random.normal([n_out]))

    @tf.function
    def __call__(self, x):
        return tf.matmul(x, self.w) * self.gate


tf.random.set_seed(3)
model = GatedUnit(4, 3)
opt = tf.keras.optimizers.Adam(0.05)
x, y = tf.random.normal([16, 4]), tf.random.normal([16, 3])
for step in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.math.squared_difference(model(x), y))
    grads = tape.gradient(loss, model.trainable_variables)
    opt.apply_gradients(zip(grads, model.trainable_variables))
