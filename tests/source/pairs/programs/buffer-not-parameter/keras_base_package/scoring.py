import keras


class Scores(keras.layers.Layer):
    """Of each class against each feature."""

    def build(self, shape):
        self.prototypes = self.add_weight(shape=(shape[-1], self.classes), initializer="glorot_uniform", trainable=False)  # <- warning buffer-not-parameter: self.prototypes
        # fix: self.prototypes = self.add_weight(shape=(shape[-1], self.classes), initializer="glorot_uniform")
