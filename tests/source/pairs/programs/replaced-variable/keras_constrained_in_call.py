import tensorflow as tf
from tensorflow.keras import layers


class Bounded(layers.Layer):
    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], 4), name="w")

    def call(self, x):
        self.w = tf.clip_by_value(self.w, -1.0, 1.0)  # <- replaced-variable: self.w
        # fix: self.w.assign(tf.clip_by_value(self.w, -1.0, 1.0))
        return tf.matmul(x, self.w)
