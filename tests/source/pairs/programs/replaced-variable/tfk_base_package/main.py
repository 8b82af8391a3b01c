import tensorflow as tf
from base import Codes


class UnitCodes(Codes):
    def unit(self):
        self.codes = tf.math.l2_normalize(self.codes, axis=1)  # <- replaced-variable: self.codes
        # fix: self.codes.assign(tf.math.l2_normalize(self.codes, axis=1))

    def call(self, x):
        self.unit()
        return tf.matmul(x, self.codes, transpose_b=True)
