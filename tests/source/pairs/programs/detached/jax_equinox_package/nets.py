import equinox as eqx
import jax
from jax.lax import stop_gradient


class Encoder(eqx.Module):
    first: eqx.nn.Linear
    second: eqx.nn.Linear

    def __init__(self, key):
        one, two = jax.random.split(key)
        self.first = eqx.nn.Linear(4, 8, key=one)
        self.second = eqx.nn.Linear(8, 2, key=two)

    def __call__(self, x):
        h = stop_gradient(jax.nn.gelu(self.first(x)))  # <- detached: self.first
        # fix: h = jax.nn.gelu(self.first(x))
        return self.second(h)
