import keras
import tensorflow as tf
from keras import layers


class Positions(layers.Layer):
    def __init__(self, length, dim):
        super().__init__()
        self.table = tf.random.normal([length, dim])  # <- warning unregistered-tensor: model.positions.table
        # fix: self.table = self.add_weight(shape=(length, dim), initializer="random_normal", name="table")

    def call(self, x):
        return x + self.table[: tf.shape(x)[1]]


keras.utils.set_random_seed(0)
inputs = keras.Input((12,), dtype="int32")
x = layers.Embedding(50, 16)(inputs)
x = Positions(12, 16)(x)
x = layers.MultiHeadAttention(2, 8)(x, x)
x = layers.GlobalAveragePooling1D()(x)
model = keras.Model(inputs, layers.Dense(3)(x))
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(tf.random.uniform([32, 12], 0, 50, tf.int32), tf.random.uniform([32], 0, 3, tf.int32), epochs=1, batch_size=8, verbose=0)
