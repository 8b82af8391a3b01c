import keras


class Annealed(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.temperature = self.add_weight(shape=(), initializer="ones")

    def call(self, logits, training=False):
        if training:
            self.temperature *= 0.99  # <- replaced-variable: self.temperature
            # fix: self.temperature.assign(self.temperature * 0.99)
        return logits / self.temperature
