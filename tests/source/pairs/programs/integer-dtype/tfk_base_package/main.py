import tensorflow as tf
import tf_keras
from base import Tempered


class Student(Tempered):
    def __init__(self):
        super().__init__()
        self.dense = tf_keras.layers.Dense(10)

    def call(self, x):
        return self.dense(x) / tf.cast(self.temperature, tf.float32)
