import tensorflow as tf
import tf_keras as keras


class Tagger(keras.Model):
    def __init__(self, tags):
        super().__init__()
        self.body = keras.layers.Dense(8, activation="tanh")
        self.head = keras.layers.Dense(tags)

    def call(self, x):
        return self.head(self.body(x))


def fine_tune(x, y, tags):
    model = Tagger(20)
    model(x)
    variables = model.trainable_variables
    # fix:
    optimizer = keras.optimizers.Adam(1e-3)
    model.head = keras.layers.Dense(tags)  # <- stale-optimizer: self.head
    # fix+ model(x)
    # fix+ variables = model.trainable_variables
    for _ in range(10):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((model(x) - y) ** 2)
        grads = tape.gradient(loss, variables)
        optimizer.apply_gradients(zip(grads, variables))
    return model


fine_tune(tf.random.normal([8, 4]), tf.random.normal([8, 3]), 3)
