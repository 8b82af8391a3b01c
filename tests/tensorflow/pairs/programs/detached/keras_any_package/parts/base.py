import keras
from keras import layers, ops


class FeatureModel(keras.Model):
    """Its subclasses put a head on `features`."""

    def __init__(self, width=8):
        super().__init__()
        self.stem = layers.Dense(width, activation="tanh")
        self.body = layers.Dense(width, activation="tanh")

    def features(self, x):
        return ops.stop_gradient(self.body(self.stem(x)))  # <- detached: model.stem.*, model.body.*
        # fix: return self.body(self.stem(x))
