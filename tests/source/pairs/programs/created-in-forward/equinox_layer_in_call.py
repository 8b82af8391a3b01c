import equinox as eqx
import jax


class Encoder(eqx.Module):
    body: eqx.nn.Linear
    # fix+ head: eqx.nn.Linear

    def __init__(self, width, key):
        self.body = eqx.nn.Linear(width, width, key=key)
        # fix+ self.head = eqx.nn.Linear(width, 2, key=key)

    def __call__(self, x):
        h = jax.nn.tanh(self.body(x))
        return eqx.nn.Linear(h.shape[-1], 2, key=jax.random.key(0))(h)  # <- created-in-forward: Linear
        # fix: return self.head(h)
