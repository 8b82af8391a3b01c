import tensorflow as tf


class ScaledDense(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = tf.keras.layers.Dense(64)
        self.gamma = tf.Variable(tf.random.normal([64]))  # <- unregistered-tensor: model.gamma
        # fix: self.gamma = self.add_weight(shape=(64,), initializer="random_normal", name="gamma")

    def call(self, x):
        return self.dense(x) * self.gamma


tf.keras.utils.set_random_seed(0)
model = ScaledDense()
optimizer = tf.keras.optimizers.Adam(1e-2)
x, y = tf.random.normal([32, 16]), tf.random.normal([32, 64])
for epoch in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
