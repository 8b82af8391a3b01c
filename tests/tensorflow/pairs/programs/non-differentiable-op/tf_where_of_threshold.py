import tensorflow as tf
from tensorflow import keras

keras.utils.set_random_seed(0)


class Detector(keras.Model):
    def __init__(self):
        super().__init__()
        self.features = keras.layers.Dense(8, activation="relu")
        self.score = keras.layers.Dense(1)
        self.bias = self.add_weight(shape=(1,), initializer="zeros", name="bias")

    def call(self, x):
        score = self.score(self.features(x))
        hard = tf.where(score > 0.0, 1.0, 0.0)  # <- non-differentiable-op: model.features.*, model.score.*
        # fix: hard = tf.sigmoid(score)
        return hard + self.bias


model = Detector()
model.compile("sgd", "mse")
x = tf.random.normal([32, 4])
y = tf.cast(tf.reduce_sum(x, axis=1, keepdims=True) > 0, tf.float32)
model.fit(x, y, batch_size=8, epochs=1, verbose=0)
