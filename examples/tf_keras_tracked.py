"""The same class in Keras 2, where a model tracks a `tf.Variable` by itself: nothing is wrong."""

import tensorflow as tf
import tf_keras as keras


class ScaledDense(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(64)
        self.gamma = tf.Variable(tf.random.normal([64]), trainable=True)

    def call(self, x):
        return self.dense(x) * self.gamma


keras.utils.set_random_seed(0)
model = ScaledDense()
optimizer = keras.optimizers.Adam(1e-2)
x, y = tf.random.normal([256, 32]), tf.random.normal([256, 64])

for epoch in range(100):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))

print(f"final loss {float(loss):.4f}")
