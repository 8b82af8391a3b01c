"""SimSiam: each branch predicts the other, whose gradient is stopped."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class SimSiam(keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder = keras.Sequential([layers.Dense(16, activation="tanh"), layers.Dense(8)])
        self.predictor = keras.Sequential([layers.Dense(4, activation="tanh"), layers.Dense(8)])
        self.tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.tracker]

    def similarity(self, p, z):
        z = tf.stop_gradient(z)
        return -tf.reduce_mean(tf.reduce_sum(tf.nn.l2_normalize(p, 1) * tf.nn.l2_normalize(z, 1), axis=1))

    def train_step(self, x):
        one = x + tf.random.normal(tf.shape(x), stddev=0.1)
        two = x + tf.random.normal(tf.shape(x), stddev=0.1)
        with tf.GradientTape() as tape:
            z1, z2 = self.encoder(one, training=True), self.encoder(two, training=True)
            p1, p2 = self.predictor(z1, training=True), self.predictor(z2, training=True)
            loss = self.similarity(p1, z2) / 2 + self.similarity(p2, z1) / 2
        variables = self.encoder.trainable_variables + self.predictor.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


keras.utils.set_random_seed(0)
model = SimSiam()
model.compile(keras.optimizers.SGD(0.1, momentum=0.9))
data = tf.data.Dataset.from_tensor_slices(tf.random.normal([48, 6])).batch(12)
print(model.fit(data, epochs=2, verbose=0).history["loss"])
