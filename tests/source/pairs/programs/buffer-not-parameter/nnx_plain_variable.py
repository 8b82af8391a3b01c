import jax
from flax import nnx


class Readout(nnx.Module):
    def __init__(self, n_in, n_out, *, rngs: nnx.Rngs):
        self.kernel = nnx.Variable(jax.random.normal(rngs.params(), (n_in, n_out)))  # <- warning buffer-not-parameter: self.kernel
        # fix: self.kernel = nnx.Param(jax.random.normal(rngs.params(), (n_in, n_out)))

    def __call__(self, x):
        return x @ self.kernel
