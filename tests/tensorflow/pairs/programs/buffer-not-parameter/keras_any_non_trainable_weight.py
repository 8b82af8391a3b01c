import keras
import numpy as np
from keras import layers


class Codebook(layers.Layer):
    def __init__(self, n, dim, **kwargs):
        super().__init__(**kwargs)
        self.n, self.dim = n, dim

    def build(self, input_shape):
        self.codes = self.add_weight(  # <- warning buffer-not-parameter: model.codebook.codes
            shape=(self.dim, self.n),
            initializer="random_normal",
            trainable=False,
            # fix:
            name="codes",
        )

    def call(self, x):
        return keras.ops.matmul(x, self.codes)


class Matcher(keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder = layers.Dense(6)
        self.codebook = Codebook(4, 6)

    def call(self, x):
        return self.codebook(self.encoder(x))


keras.utils.set_random_seed(0)
model = Matcher()
model.compile("adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
x = np.random.rand(32, 5).astype("float32")
y = np.random.randint(0, 4, 32)
model.fit(x, y, batch_size=8, epochs=1, verbose=0)
