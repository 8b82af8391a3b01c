"""The same model with its scale made by `add_weight`: it trains."""

import tensorflow as tf


class ScaledDense(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = tf.keras.layers.Dense(64)
        self.gamma = self.add_weight(shape=(64,), initializer="random_normal", name="gamma")

    def call(self, x):
        return self.dense(x) * self.gamma


tf.keras.utils.set_random_seed(0)
model = ScaledDense()
optimizer = tf.keras.optimizers.Adam(1e-2)
x, y = tf.random.normal([256, 32]), tf.random.normal([256, 64])

for epoch in range(100):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))

print(f"final loss {float(loss):.4f}")
