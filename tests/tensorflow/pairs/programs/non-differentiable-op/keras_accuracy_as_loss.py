import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(0)


def error_rate(y_true, y_pred):
    hits = tf.equal(tf.cast(y_true, tf.float32), tf.round(y_pred))  # <- non-differentiable-op: model.hidden.*, model.out.*
    return 1.0 - tf.reduce_mean(tf.cast(hits, tf.float32))
    # fix: return tf.reduce_mean(keras.losses.binary_crossentropy(y_true, y_pred))
    # no proof: tracing the step raises, so it never runs


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(8, activation="relu")
        self.out = layers.Dense(1, activation="sigmoid")

    def call(self, x):
        return self.out(self.hidden(x))


model = Net()
model.compile("adam", loss=error_rate)
x = tf.random.normal([32, 4])
y = tf.cast(x[:, :1] > 0, tf.float32)
model.fit(x, y, batch_size=8, epochs=1, verbose=0)
