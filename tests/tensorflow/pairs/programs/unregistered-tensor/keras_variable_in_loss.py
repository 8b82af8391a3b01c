import keras


class LearnedNoise(keras.losses.Loss):
    """The negative log-likelihood under a normal distribution whose width is learned."""

    def __init__(self):
        super().__init__()
        self.log_sigma = keras.Variable(0.5, name="log_sigma")  # <- unregistered-tensor: loss_fn.log_sigma -> model.log_sigma
        # fix:

    def call(self, y_true, y_pred):
        error = keras.ops.mean(keras.ops.square(y_pred - y_true), axis=-1)
        return keras.ops.exp(-2 * self.log_sigma) * error + 2 * self.log_sigma


class Regression(keras.Model):
    def __init__(self, loss_fn):
        super().__init__()
        self.hidden = keras.layers.Dense(8, activation="tanh")
        self.out = keras.layers.Dense(1)
        # fix+ self.log_sigma = loss_fn.log_sigma = self.add_weight(shape=(), initializer="ones", name="log_sigma")

    def call(self, x):
        return self.out(self.hidden(x))


keras.utils.set_random_seed(0)
loss_fn = LearnedNoise()
model = Regression(loss_fn)
model.compile(optimizer=keras.optimizers.Adam(1e-2), loss=loss_fn)
x, y = keras.random.normal([32, 5]), keras.random.normal([32, 1])
model.fit(x, y, epochs=2, batch_size=8, verbose=0)
