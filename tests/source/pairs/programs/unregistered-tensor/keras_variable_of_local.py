import keras
import tensorflow as tf


class Prompt(keras.layers.Layer):
    def __init__(self, length, width, **kwargs):
        super().__init__(**kwargs)
        tokens = tf.Variable(tf.random.normal([length, width], stddev=0.02), name="tokens")
        # fix: tokens = self.add_weight(shape=(length, width), initializer=keras.initializers.RandomNormal(stddev=0.02), name="tokens")
        self.tokens = tokens  # <- warning unregistered-tensor: self.tokens
        self.length = length

    def call(self, x):
        tokens = tf.repeat(self.tokens[None], tf.shape(x)[0], axis=0)
        return tf.concat([tokens, x], axis=1)
