import tensorflow as tf
import tf_keras


class Codes(tf_keras.layers.Layer):
    def __init__(self, n, dim):
        super().__init__()
        self.codes = tf.Variable(tf.random.normal([n, dim]))
