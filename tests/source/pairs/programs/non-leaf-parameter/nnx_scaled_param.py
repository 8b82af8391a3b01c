import jax.numpy as jnp
from flax import nnx


class Scale(nnx.Module):
    def __init__(self, width):
        self.scale = nnx.Param(jnp.ones((width,))) * 0.1  # <- non-leaf-parameter: self.scale
        # fix: self.scale = nnx.Param(jnp.ones((width,)) * 0.1)

    def __call__(self, x):
        return x * self.scale
