import numpy as np
import tensorflow as tf
import tf_keras
from tf_keras import layers


class PositiveScale(layers.Layer):
    def build(self, input_shape):
        self.scale = tf.nn.softplus(self.add_weight(name="raw", shape=(input_shape[-1],), initializer="zeros"))  # <- non-leaf-parameter: model.positive_scale.raw, model.positive_scale.scale -> model.positive_scale.raw
        # fix: self.raw = self.add_weight(name="raw", shape=(input_shape[-1],), initializer="zeros")

    def call(self, inputs):
        return inputs * self.scale
        # fix: return inputs * tf.nn.softplus(self.raw)


tf_keras.utils.set_random_seed(0)
model = tf_keras.Sequential([PositiveScale(), layers.Dense(8, activation="tanh"), layers.Dense(1)])
model.compile("adam", "mse")
x = np.random.rand(32, 4).astype("float32")
model.fit(x, x[:, :1], batch_size=8, verbose=0)
