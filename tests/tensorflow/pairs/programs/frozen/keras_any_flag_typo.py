import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.features = layers.Dense(8, activation="relu")
        self.top = layers.Dense(8, activation="relu")
        self.head = layers.Dense(2)

    def call(self, x):
        return self.head(self.top(self.features(x)))


model = Net()
model.build((None, 5))
model.features.trainable = False
model.top.trainable = False
model.top.trainabel = True  # <- frozen: model.top.kernel, model.top.bias
# fix: model.top.trainable = True
model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
x = np.random.rand(16, 5).astype("float32")
model.fit(x, np.random.randint(0, 2, 16), batch_size=4, epochs=1, verbose=0)
