import keras


class Tower(keras.Model):
    def __init__(self, depth=20, width=16):
        super().__init__()
        self.blocks = [keras.layers.Dense(width) for _ in range(depth)]
        self.out = keras.layers.Dense(1)

    def call(self, x):
        for block in self.blocks:
            x = keras.ops.sigmoid(block(x))  # <- warning vanishing: model.blocks.[0-9].*, model.blocks.1[0-3].*
            # fix: x = x + keras.ops.tanh(block(x))
        return self.out(x)


keras.utils.set_random_seed(0)
model = Tower()
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
x, y = keras.random.normal([32, 16]), keras.random.normal([32, 1])
model.fit(x, y, batch_size=8, epochs=1, verbose=0)
