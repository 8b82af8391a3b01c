import tensorflow as tf
import tf_keras as keras


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.out = keras.layers.Dense(1)

    def call(self, x):
        return self.out(x)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((self(x) - y) ** 2)
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"loss": loss}


def build(warm=0):
    optimizer = keras.optimizers.SGD(learning_rate=0.1 * warm)  # <- zero-learning-rate: self.out
    # fix: optimizer = keras.optimizers.SGD(learning_rate=0.1)
    model = Net()
    model.compile(optimizer=optimizer)
    return model


x = tf.random.normal([32, 4])
build().fit(x, x[:, :1])
