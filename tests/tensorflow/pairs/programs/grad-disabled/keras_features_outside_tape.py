import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class Detector(keras.Model):
    def __init__(self):
        super().__init__()
        self.backbone = layers.Dense(8, activation="tanh")
        self.head = layers.Dense(2)

    def call(self, x):
        return self.head(self.backbone(x))

    def train_step(self, data):
        x, y = data
        features = self.backbone(x, training=True)  # <- grad-disabled: model.backbone.kernel, model.backbone.bias
        # fix:
        with tf.GradientTape() as tape:
            # fix+ features = self.backbone(x, training=True)
            loss = self.compute_loss(y=y, y_pred=self.head(features))
        variables = self.trainable_variables
        gradients = tape.gradient(loss, variables)
        self.optimizer.apply_gradients([(g, v) for g, v in zip(gradients, variables) if g is not None])
        return {"loss": loss}


keras.utils.set_random_seed(0)
model = Detector()
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
x = np.random.rand(32, 5).astype("float32")
model.fit(x, np.arange(32) % 2, batch_size=8, epochs=1, verbose=0)
