import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class Captioner(keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder = layers.Dense(8, activation="tanh")
        self.decoder = layers.Dense(4)

    def call(self, x):
        return self.decoder(self.encoder(x))

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(y=y, y_pred=self(x, training=True))
        train_vars = self.decoder.trainable_variables
        # fix: train_vars = self.encoder.trainable_variables + self.decoder.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, train_vars), train_vars))  # <- warning not-in-optimizer: model.encoder.kernel, model.encoder.bias
        return {"loss": loss}


keras.utils.set_random_seed(0)
model = Captioner()
model.compile("adam", "mse")
x = np.random.rand(32, 4).astype("float32")
model.fit(x, x, batch_size=8, epochs=1, verbose=0)
