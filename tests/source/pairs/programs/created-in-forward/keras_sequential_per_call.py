import keras
from keras import layers


class Refine(keras.Model):
    def __init__(self, width):
        super().__init__()
        self.width = width
        # fix+ self.sequential = keras.Sequential([layers.Dense(self.width, activation="relu"), layers.Dense(4)])

    def call(self, x):
        return x + keras.Sequential([layers.Dense(self.width, activation="relu"), layers.Dense(4)])(x)  # <- created-in-forward: Sequential
        # fix: return x + self.sequential(x)
