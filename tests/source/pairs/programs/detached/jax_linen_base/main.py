import jax
import jax.numpy as jnp
import optax
from base import Backbone
from flax import linen as nn


class Tagger(Backbone):
    def setup(self):
        self.layers = [nn.Dense(self.width) for _ in range(2)]
        self.head = nn.Dense(1)

    def features(self, x):
        for layer in self.layers:
            x = nn.tanh(layer(x))
        return x

    def __call__(self, x):
        return self.head(self.pooled(x))


def main(steps):
    model, x = Tagger(width=8), jnp.ones((2, 5, 4))
    first = params = model.init(jax.random.key(0), x)
    optimizer = optax.adam(1e-2)
    state = optimizer.init(params)
    for _ in range(steps):
        grads = jax.grad(lambda p: jnp.mean(model.apply(p, x) ** 2))(params)
        updates, state = optimizer.update(grads, state, params)
        params = optax.apply_updates(params, updates)
    return first, params


main(steps=3)
