import tensorflow as tf
import tf_keras


class Tempered(tf_keras.Model):
    def __init__(self, temperature=2):
        super().__init__()
        self.temperature = tf.Variable(temperature, dtype=tf.int32, name="temperature")  # <- warning integer-dtype: self.temperature
        # fix: self.temperature = tf.Variable(temperature, dtype=tf.float32, name="temperature")
