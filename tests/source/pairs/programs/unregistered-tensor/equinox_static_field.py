import equinox as eqx
import jax


class Scaled(eqx.Module):
    width: int = eqx.field(static=True)
    scale: jax.Array = eqx.field(static=True)
    # fix: scale: jax.Array
    linear: eqx.nn.Linear

    def __init__(self, width, *, key):
        one, two = jax.random.split(key)
        self.width = width
        self.scale = jax.random.normal(one, (width,))  # <- warning unregistered-tensor: self.scale
        # fix: self.scale = jax.random.normal(one, (width,))
        self.linear = eqx.nn.Linear(width, width, key=two)

    def __call__(self, x):
        return self.linear(x) * self.scale
