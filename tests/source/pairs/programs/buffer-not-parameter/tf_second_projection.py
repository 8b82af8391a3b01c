import tensorflow as tf


class Bottleneck(tf.Module):
    def __init__(self, width, inner):
        super().__init__()
        self.down = tf.Variable(tf.random.normal([width, inner]))
        self.up = tf.Variable(tf.random.normal([inner, width]), trainable=False)  # <- warning buffer-not-parameter: self.up
        # fix: self.up = tf.Variable(tf.random.normal([inner, width]))

    @tf.function
    def __call__(self, x):
        return tf.matmul(tf.nn.gelu(tf.matmul(x, self.down)), self.up)
