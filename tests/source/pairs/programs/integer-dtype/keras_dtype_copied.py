import tensorflow as tf
from tensorflow import keras


class Offset(keras.layers.Layer):
    def build(self, input_shape):
        self.factor = self.add_weight(name="factor", shape=(1,), initializer="ones", dtype=tf.int64)  # <- warning integer-dtype: self.factor
        # fix: self.factor = self.add_weight(name="factor", shape=(1,), initializer="ones")

    def call(self, inputs):
        return inputs * tf.cast(self.factor, inputs.dtype)
