import keras
import tensorflow as tf


class TwoHeads(keras.Model):
    def __init__(self):
        super().__init__()
        self.main = keras.layers.Dense(1, dtype="float32")
        self.hidden = keras.layers.Dense(16, activation="relu")
        self.aux = keras.layers.Dense(1)

    def call(self, x):
        return self.main(x), self.aux(self.hidden(x))


keras.utils.set_random_seed(0)
keras.mixed_precision.set_global_policy("mixed_float16")
model = TwoHeads()
optimizer = keras.optimizers.Adam(1e-3)
x, y = tf.random.normal([1024, 16]), tf.random.normal([1024, 1])
for _ in range(4):
    with tf.GradientTape() as tape:
        main, aux = model(x)
        loss = tf.reduce_mean(tf.square(main - y))
        loss += 1e-6 * tf.reduce_mean(tf.square(tf.cast(aux, tf.float32) - y))  # <- underflow: model.hidden.*, model.aux.*
        # fix: loss += 0.1 * tf.reduce_mean(tf.square(tf.cast(aux, tf.float32) - y))
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
