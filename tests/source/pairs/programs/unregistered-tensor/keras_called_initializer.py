import tensorflow as tf
from tensorflow.keras import initializers, layers


class Recurrent(layers.Layer):
    def __init__(self, units, init="glorot_uniform", **kwargs):
        super().__init__(**kwargs)
        self.units, self.init = units, init

    def build(self, input_shape):
        init = initializers.get(self.init)
        self.kernel = init((input_shape[-1], self.units))  # <- warning unregistered-tensor: self.kernel
        # fix: self.kernel = tf.keras.Variable(init((input_shape[-1], self.units)), name="kernel")

    def call(self, x):
        return tf.matmul(x, self.kernel)
