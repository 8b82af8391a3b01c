import tensorflow as tf
from keras import layers


class Experts(layers.Layer):
    def __init__(self, units, count=2, name="experts"):
        # fix+ super().__init__(name=name)
        self.units = units
        self.kernels = [tf.Variable(tf.ones([units])) for _ in range(count)]  # <- warning unregistered-container: self.kernels
        # fix: self.kernels = [self.add_weight(shape=(units,), initializer="ones") for _ in range(count)]
        super().__init__(name=name)
        # fix:

    def call(self, x):
        return tf.add_n([x * kernel for kernel in self.kernels])
