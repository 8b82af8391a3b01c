import jax
from flax import nnx


class Tower:
    def __init__(self, width, rngs):
        self.first = nnx.Linear(width, width, rngs=rngs)
        self.second = nnx.Linear(width, width, rngs=rngs)

    def __call__(self, x):
        return self.second(jax.nn.relu(self.first(x)))


class Net(nnx.Module):
    def __init__(self, rngs):
        self.tower = Tower(8, rngs)  # <- unregistered-container: self.tower
        # fix: self.tower = nnx.Sequential(nnx.Linear(8, 8, rngs=rngs), jax.nn.relu, nnx.Linear(8, 8, rngs=rngs))
        self.head = nnx.Linear(8, 1, rngs=rngs)

    def __call__(self, x):
        return self.head(self.tower(x))
