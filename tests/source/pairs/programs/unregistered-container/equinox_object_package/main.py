import equinox as eqx
import jax
from blocks import Blocks


class Net(eqx.Module):
    blocks: Blocks
    head: eqx.nn.Linear

    def __init__(self, width, key):
        one, two = jax.random.split(key)
        self.blocks = Blocks(width, one)  # <- unregistered-container: self.blocks
        self.head = eqx.nn.Linear(width, 1, key=two)

    def __call__(self, x):
        return self.head(self.blocks(x))
