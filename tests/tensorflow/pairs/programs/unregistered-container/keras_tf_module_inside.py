import tensorflow as tf
from tensorflow import keras


class Affine(tf.Module):
    def __init__(self, n_in, n_out, name=None):
        super().__init__(name=name)
        self.w = tf.Variable(tf.random.normal([n_in, n_out], stddev=0.1), name="w")
        self.b = tf.Variable(tf.zeros([n_out]), name="b")

    def __call__(self, x):
        return x @ self.w + self.b


class Wrapper(keras.Model):
    def __init__(self):
        super().__init__()
        self.norm = keras.layers.LayerNormalization()
        self.affine = Affine(6, 3)  # <- unregistered-container: model.affine.w, model.affine.b -> model.affine.kernel, model.affine.bias
        # fix: self.affine = keras.layers.Dense(3)

    def call(self, x):
        return self.affine(self.norm(x))


keras.utils.set_random_seed(7)
model = Wrapper()
model.compile("adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
x = tf.random.normal([40, 6])
y = tf.random.uniform([40], maxval=3, dtype=tf.int32)
model.fit(x, y, batch_size=10, epochs=1, verbose=0)
