import tensorflow as tf


class Classifier(tf.keras.Model):
    def __init__(self, classes):
        super().__init__()
        self.classes = classes
        self.pool = tf.keras.layers.GlobalAveragePooling2D()
        # fix+ self.head = tf.keras.layers.Dense(self.classes)

    def call(self, images):
        x = self.pool(images)
        return tf.keras.layers.Dense(self.classes)(x)  # <- created-in-forward: Dense
        # fix: return self.head(x)
