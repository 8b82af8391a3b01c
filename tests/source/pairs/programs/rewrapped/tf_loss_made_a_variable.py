import tensorflow as tf
from tensorflow import keras


class Denoiser(keras.Model):
    def __init__(self):
        super().__init__()
        self.body = keras.layers.Dense(8, activation="gelu")
        self.out = keras.layers.Dense(4)

    def call(self, x):
        return self.out(self.body(x))

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            error = tf.reduce_mean((self(x, training=True) - y) ** 2)
            loss = tf.Variable(error)  # <- rewrapped: self.body, self.out
            # fix: loss = error
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"loss": loss}


model = Denoiser()
model.compile("adam")
x = tf.random.normal([32, 4])
model.fit(x, x, batch_size=8)
