import tensorflow as tf


class SmallDense(tf.keras.layers.Layer):
    def __init__(self, n, m):
        super().__init__()
        self.kernel = self.add_weight(shape=(n, m), initializer="random_normal") * 0.1  # <- non-leaf-parameter: self.kernel
        # fix: self.kernel = self.add_weight(shape=(n, m), initializer=tf.keras.initializers.RandomNormal(stddev=0.005))

    def call(self, x):
        return tf.matmul(x, self.kernel)
