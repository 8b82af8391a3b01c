import keras
import numpy as np
from keras import layers


class Backbone(keras.Model):
    def __init__(self):
        super().__init__()
        self.a = layers.Dense(8, activation="tanh")
        self.b = layers.Dense(8, activation="tanh")

    def call(self, x):
        return self.b(self.a(x))


class Classifier(keras.Model):
    def __init__(self, backbone):
        super().__init__()
        self.backbone = backbone
        self.head = layers.Dense(3)

    def call(self, x):
        return self.head(self.backbone(x))


keras.utils.set_random_seed(0)
x = np.random.rand(32, 5).astype("float32")
y = np.random.randint(0, 3, 32)
model = Classifier(Backbone())
model(x[:1])
model.backbone.trainable = False
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(keras.optimizers.Adam(1e-3), loss=loss)
model.fit(x, y, epochs=1, batch_size=16, verbose=0)

model.backbone.trainable = True  # <- frozen: model.backbone.*
# fix+ model.compile(keras.optimizers.Adam(1e-4), loss=loss)
model.fit(x, y, epochs=2, batch_size=16, verbose=0)
