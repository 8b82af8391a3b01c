from collections import deque

import keras
from keras import layers, ops


class Delayed(keras.Model):
    """The newest blocks, the oldest of which goes first."""

    def __init__(self, n):
        super().__init__()
        self.blocks = deque([layers.Dense(8) for _ in range(n)])  # <- unregistered-container: self.blocks
        # fix: self.blocks = [layers.Dense(8) for _ in range(n)]

    def call(self, x):
        return ops.add(x, sum(block(x) for block in self.blocks))
