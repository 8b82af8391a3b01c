import tensorflow as tf
import tf_keras


class LearnedPositions(tf_keras.layers.Layer):
    def __init__(self, length, width):
        super().__init__()
        self.table = self.add_weight("table", shape=(length, width), initializer="random_uniform", trainable=False)  # <- warning buffer-not-parameter: self.table
        # fix: self.table = self.add_weight("table", shape=(length, width), initializer="random_uniform")

    def call(self, x):
        return tf.add(x, self.table)
