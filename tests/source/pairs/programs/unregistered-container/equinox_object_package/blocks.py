import equinox as eqx
import jax


class Blocks:
    # fix: class Blocks(eqx.Module):
    # fix+ first: eqx.nn.Linear
    # fix+ second: eqx.nn.Linear
    # fix+
    def __init__(self, width, key):
        one, two = jax.random.split(key)
        self.first = eqx.nn.Linear(width, width, key=one)
        self.second = eqx.nn.Linear(width, width, key=two)

    def __call__(self, x):
        return self.second(jax.nn.relu(self.first(x)))
