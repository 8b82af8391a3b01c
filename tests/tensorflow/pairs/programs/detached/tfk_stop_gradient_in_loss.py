import numpy as np
import tensorflow as tf
import tf_keras as keras

keras.utils.set_random_seed(0)


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder = keras.layers.Dense(6, activation="tanh")
        self.decoder = keras.layers.Dense(4)

    def call(self, x):
        z = tf.stop_gradient(self.encoder(x))  # <- detached: model.encoder.kernel, model.encoder.bias
        # fix: z = self.encoder(x)
        return self.decoder(z)


model = Net()
model.compile(optimizer="adam", loss="mse")
x = np.random.rand(32, 4).astype("float32")
model.fit(x, x, batch_size=8, epochs=1, verbose=0)
