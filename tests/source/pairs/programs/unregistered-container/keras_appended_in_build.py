import tensorflow as tf
from tensorflow.keras.layers import Layer


class Mixture(Layer):
    def __init__(self, experts, **kwargs):
        super().__init__(**kwargs)
        self.experts = experts
        self.kernels = []  # <- warning unregistered-container: self.kernels

    def build(self, input_shape):
        for _ in range(self.experts):
            self.kernels.append(tf.Variable(tf.random.normal([input_shape[-1], 4])))
            # fix: self.kernels.append(self.add_weight(shape=(input_shape[-1], 4)))

    def call(self, x):
        return tf.add_n([tf.matmul(x, kernel) for kernel in self.kernels])
