"""A scale that never learns in Keras 3: the tape watches `gamma`, the model does not track it."""

import tensorflow as tf


class ScaledDense(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = tf.keras.layers.Dense(64)
        self.gamma = tf.Variable(tf.random.normal([64]), trainable=True)

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
