"""A loss holds a factor that a callback raises: it is a variable, and not to be trained."""

import keras


class AnnealedKL(keras.losses.Loss):
    def __init__(self):
        super().__init__()
        self.beta = keras.Variable(0.0, name="beta")

    def call(self, y_true, y_pred):
        error = keras.ops.mean(keras.ops.square(y_pred - y_true), axis=-1)
        return error + self.beta * keras.ops.mean(keras.ops.abs(y_pred), axis=-1)


class Anneal(keras.callbacks.Callback):
    def __init__(self, loss):
        super().__init__()
        self.loss = loss

    def on_epoch_begin(self, epoch, logs=None):
        self.loss.beta.assign(min(1.0, 0.1 * epoch))


keras.utils.set_random_seed(0)
model = keras.Sequential([keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(1)])
loss = AnnealedKL()
model.compile(optimizer=keras.optimizers.Adam(1e-2), loss=loss)
x, y = keras.random.normal([32, 5]), keras.random.normal([32, 1])
model.fit(x, y, epochs=3, batch_size=8, verbose=0, callbacks=[Anneal(loss)])
