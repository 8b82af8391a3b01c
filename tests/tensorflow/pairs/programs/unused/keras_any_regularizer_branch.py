import keras
import numpy as np
from keras import layers, ops


class WithAuxiliary(keras.Model):
    def __init__(self):
        super().__init__()
        self.body = layers.Dense(8, activation="tanh")
        self.aux = layers.Dense(3)
        self.head = layers.Dense(3)

    def call(self, x):
        h = self.body(x)
        entropy = -ops.mean(ops.log_softmax(self.aux(h)))  # <- unused: model.aux.kernel, model.aux.bias
        # fix+ self.add_loss(0.1 * entropy)
        return self.head(h)


keras.utils.set_random_seed(0)
model = WithAuxiliary()
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
x = np.random.rand(24, 5).astype("float32")
model.fit(x, np.arange(24) % 3, batch_size=8, epochs=1, verbose=0)
