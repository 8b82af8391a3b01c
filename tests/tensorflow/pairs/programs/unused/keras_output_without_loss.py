import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(0)


class TwoHeads(keras.Model):
    def __init__(self):
        super().__init__()
        self.trunk = layers.Dense(8, activation="relu")
        self.age = layers.Dense(1)
        self.gender = layers.Dense(1, activation="sigmoid")

    def call(self, x):
        h = self.trunk(x)
        return {"age": self.age(h), "gender": self.gender(h)}  # <- unused: model.gender.kernel, model.gender.bias


model = TwoHeads()
model.compile(optimizer="adam", loss={"age": "mse"})
# fix: model.compile(optimizer="adam", loss={"age": "mse", "gender": "binary_crossentropy"})
x = np.random.rand(32, 6).astype("float32")
y = {"age": np.random.rand(32, 1), "gender": np.random.randint(0, 2, (32, 1))}
model.fit(x, y, batch_size=8, epochs=1, verbose=0)
