import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class LearnableSigmoid(layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.units = units

    def build(self, input_shape):
        self.slope = tf.Variable(initial_value=tf.ones((self.units,)), trainable=True, dtype=tf.float32)  # <- unregistered-tensor: model.activation.slope
        # fix: self.slope = self.add_weight(shape=(self.units,), initializer="ones", name="slope")

    def call(self, inputs):
        return tf.sigmoid(inputs * self.slope)


class Regressor(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(8)
        self.activation = LearnableSigmoid(8)
        self.out = layers.Dense(1)

    def call(self, x):
        return self.out(self.activation(self.hidden(x)))


keras.utils.set_random_seed(1)
model = Regressor()
model.compile(optimizer="adam", loss="mse")
x = np.random.rand(64, 4).astype("float32")
y = np.sin(x.sum(1, keepdims=True))
model.fit(x, y, batch_size=16, epochs=2, verbose=0)
