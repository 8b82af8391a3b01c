from collections import deque

import jax
from flax import nnx


class Stack(nnx.Module):
    def __call__(self, x):
        for block in self.blocks:
            x = x + jax.nn.relu(block(x))
        return self.head(x)


class Reversed(Stack):
    """The layer that is made last is called first."""

    def __init__(self, width, depth, rngs):
        self.blocks = deque()  # <- unregistered-container: self.blocks
        # fix: self.blocks = nnx.List()
        for _ in range(depth):
            self.blocks.appendleft(nnx.Linear(width, width, rngs=rngs))
            # fix: self.blocks.insert(0, nnx.Linear(width, width, rngs=rngs))
        self.head = nnx.Linear(width, 1, rngs=rngs)
