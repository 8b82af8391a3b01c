import jax
from flax import nnx


class Gated(nnx.Module):
    def __init__(self, width, rngs):
        self.dense = nnx.Linear(width, width, rngs=rngs)
        self.gate = jax.random.normal(rngs.params(), (width,))  # <- warning unregistered-tensor: self.gate
        # fix: self.gate = nnx.Param(jax.random.normal(rngs.params(), (width,)))

    def __call__(self, x):
        return self.dense(x) * self.gate
