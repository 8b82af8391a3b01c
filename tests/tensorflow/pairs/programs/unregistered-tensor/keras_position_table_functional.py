import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class AddPositions(layers.Layer):
    def __init__(self, length, width, **kwargs):
        super().__init__(**kwargs)
        init = tf.random_normal_initializer()
        self.table = tf.Variable(initial_value=init(shape=(length, width), dtype="float32"), trainable=True)  # <- unregistered-tensor: *positions.table
        # fix: self.table = self.add_weight(shape=(length, width), initializer=init, name="table")

    def call(self, x):
        return x + self.table


keras.utils.set_random_seed(0)
inputs = keras.Input((6,), dtype="int32")
h = layers.Embedding(20, 8)(inputs)
h = AddPositions(6, 8, name="positions")(h)
h = layers.GlobalAveragePooling1D()(layers.Dense(8, activation="relu")(h))
model = keras.Model(inputs, layers.Dense(1, activation="sigmoid")(h))
model.compile("adam", "binary_crossentropy")
x = np.random.randint(0, 20, (32, 6))
y = (x.sum(1) > 60).astype("float32")
model.fit(x, y, batch_size=8, epochs=1, verbose=0)
