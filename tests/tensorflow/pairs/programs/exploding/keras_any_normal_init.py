import keras


class Net(keras.Model):
    def __init__(self, depth=8, width=64):
        super().__init__()
        init = keras.initializers.RandomNormal(stddev=1.0, seed=0)
        # fix: init = keras.initializers.HeNormal(seed=0)
        self.blocks = [keras.layers.Dense(width, kernel_initializer=init.clone()) for _ in range(depth)]
        self.out = keras.layers.Dense(1)

    def call(self, x):
        for block in self.blocks:
            x = keras.ops.relu(block(x))  # <- warning exploding: model.blocks.[0-2].*
        return self.out(x)


keras.utils.set_random_seed(0)
model = Net()
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
x, y = keras.random.normal([64, 64]), keras.random.normal([64, 1])
model.fit(x, y, batch_size=16, epochs=1, verbose=0)
