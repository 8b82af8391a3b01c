import numpy as np
import tensorflow as tf
from tensorflow import keras


class PowerLaw(keras.layers.Layer):
    def build(self, input_shape):
        self.amplitude = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="amplitude")
        self.exponent = self.add_weight(shape=(), initializer="ones", dtype="int32", name="exponent")  # <- warning integer-dtype: model.law.exponent
        # fix: self.exponent = self.add_weight(shape=(), initializer="ones", name="exponent")

    def call(self, x):
        return self.amplitude * tf.pow(x + 0.1, tf.cast(self.exponent, x.dtype))


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.law = PowerLaw()

    def call(self, x):
        return tf.reduce_sum(self.law(x), axis=-1, keepdims=True)


keras.utils.set_random_seed(0)
model = Net()
x = np.random.rand(32, 3).astype("float32")
y = (x**2).sum(1, keepdims=True)
optimizer = keras.optimizers.SGD(0.05)
for epoch in range(4):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients([(g, v) for g, v in zip(grads, model.trainable_variables) if g is not None])
