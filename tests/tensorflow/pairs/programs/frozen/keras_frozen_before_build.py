import numpy as np
from tensorflow import keras
from tensorflow.keras import layers


class Encoder(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.a = layers.Dense(8, activation="tanh")
        self.b = layers.Dense(8, activation="tanh")

    def call(self, x):
        return self.b(self.a(x))


class Classifier(keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.head = layers.Dense(2)

    def call(self, x):
        return self.head(self.encoder(x))


keras.utils.set_random_seed(0)
x = np.random.rand(32, 5).astype("float32")
y = np.random.randint(0, 2, 32)
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

model = Classifier()
# fix+ model(x[:1])
model.encoder.trainable = False  # <- frozen: model.encoder.*
model.compile("adam", loss)
model.fit(x, y, batch_size=16, epochs=1, verbose=0)

model.encoder.trainable = True
model.compile(keras.optimizers.Adam(1e-4), loss)
model.fit(x, y, batch_size=16, epochs=2, verbose=0)
