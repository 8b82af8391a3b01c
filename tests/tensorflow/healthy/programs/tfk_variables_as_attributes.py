"""Keras 2 tracks a `tf.Variable`, a list of them and a `tf.Module` as they are."""

import numpy as np
import tensorflow as tf
import tf_keras as keras


class Scale(tf.Module):
    def __init__(self, n):
        super().__init__()
        self.gain = tf.Variable(tf.ones([n]))

    def __call__(self, x):
        return x * self.gain


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(6)
        self.gamma = tf.Variable(tf.random.normal([6]))
        self.shifts = [tf.Variable(tf.zeros([6])) for _ in range(2)]
        self.scale = Scale(6)

    def call(self, x):
        h = self.dense(x) * self.gamma
        for shift in self.shifts:
            h = tf.tanh(h + shift)
        return self.scale(h)


keras.utils.set_random_seed(0)
model = Net()
model.compile("adam", "mse")
x = np.random.rand(32, 4).astype("float32")
print(model.fit(x, np.random.rand(32, 6), batch_size=8, epochs=1, verbose=0).history["loss"])
