import jax
from flax import nnx


class Block(nnx.Module):
    def __init__(self, width, rngs):
        self.inner = nnx.Linear(width, width, rngs=rngs)
        # fix+ self.outer = nnx.Linear(width, width, rngs=rngs)

    def __call__(self, x):
        outer = nnx.Linear(x.shape[-1], x.shape[-1], rngs=nnx.Rngs(0))  # <- created-in-forward: outer
        # fix:
        return x + outer(jax.nn.relu(self.inner(x)))
        # fix: return x + self.outer(jax.nn.relu(self.inner(x)))
