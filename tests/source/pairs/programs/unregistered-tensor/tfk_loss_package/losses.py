import tensorflow as tf
import tf_keras


class LearnedMargin(tf_keras.losses.Loss):
    def __init__(self):
        super().__init__()
        self.margin = tf.Variable(1.0, trainable=True)  # <- unregistered-tensor: self.margin

    def call(self, y_true, y_pred):
        return tf.nn.relu(self.margin - y_true * y_pred)
