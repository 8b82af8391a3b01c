import numpy as np
import tensorflow as tf
from tensorflow.keras import Model, layers
from tensorflow import keras


class AutoEncoder(Model):
    def __init__(self):
        super().__init__()
        self.encoder = layers.Dense(4, activation="tanh")
        self.decoder = layers.Dense(6)

    def call(self, x):
        code = self.encoder(x)
        code = tf.stop_gradient(code)  # <- detached: model.encoder.kernel, model.encoder.bias
        # fix:
        return self.decoder(code)


keras.utils.set_random_seed(1)
model = AutoEncoder()
model.compile(optimizer="adam", loss="mse")
x = np.random.rand(32, 6).astype("float32")
model.fit(x, x, epochs=2, batch_size=16, verbose=0)
