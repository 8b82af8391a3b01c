import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(0)


class CaptionModel(keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder = layers.Dense(8, activation="tanh")
        self.decoder = layers.Dense(5)

    def call(self, x):
        return self.decoder(self.encoder(x))


model = CaptionModel()
model.build((None, 6))
optimizer = keras.optimizers.Adam(1e-2)
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
x = tf.random.normal([16, 6])
y = tf.random.uniform([16], 0, 5, dtype=tf.int32)

for step in range(5):
    with tf.GradientTape() as tape:
        loss = loss_fn(y, model(x, training=True))
    trainable = model.decoder.trainable_variables
    # fix: trainable = model.trainable_variables
    grads = tape.gradient(loss, trainable)  # <- warning not-in-optimizer: model.encoder.kernel, model.encoder.bias
    optimizer.apply_gradients(zip(grads, trainable))
