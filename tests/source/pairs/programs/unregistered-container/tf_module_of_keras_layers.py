import keras
import tensorflow as tf
from keras import ops


class Actor(tf.Module):
# fix: class Actor(keras.Model):
    def __init__(self, actions):
        super().__init__()
        self.body = keras.layers.Dense(32, activation="relu")  # <- unregistered-container: self.body
        self.head = keras.layers.Dense(actions)  # <- unregistered-container: self.head

    def __call__(self, state):
    # fix: def call(self, state):
        return ops.softmax(self.head(self.body(state)))
