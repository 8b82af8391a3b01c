import keras
import numpy as np
from keras import layers, ops


class Siamese(keras.Model):
    def __init__(self):
        super().__init__()
        self.backbone = layers.Dense(8, activation="gelu")
        self.projector = layers.Dense(4)
        self.classify = layers.Dense(3)

    def call(self, x):
        features = self.backbone(x)
        z = self.projector(ops.stop_gradient(features))  # <- detached: model.backbone.kernel, model.backbone.bias
        # fix: z = self.projector(features)
        return self.classify(z)


keras.utils.set_random_seed(0)
model = Siamese()
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
x = np.random.rand(24, 6).astype("float32")
model.fit(x, np.arange(24) % 3, batch_size=8, epochs=1, verbose=0)
