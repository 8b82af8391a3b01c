import equinox as eqx
import jax
import jax.numpy as jnp
import optax


class Router(eqx.Module):
    score: eqx.nn.Linear
    out: eqx.nn.Linear

    def __init__(self, key):
        one, two = jax.random.split(key)
        self.score = eqx.nn.Linear(4, 4, key=one)
        self.out = eqx.nn.Linear(4, 1, key=two)

    def __call__(self, x):
        chosen = (self.score(x) * 10).astype(jnp.int32)  # <- non-differentiable-op: self.score
        # fix: chosen = self.score(x) * 10
        return self.out(chosen / 10)


model = Router(jax.random.PRNGKey(0))
optimizer = optax.sgd(0.1)
state = optimizer.init(eqx.filter(model, eqx.is_array))
for _ in range(10):
    grads = eqx.filter_grad(lambda m: jnp.mean(jax.vmap(m)(jnp.ones((8, 4))) ** 2))(model)
    updates, state = optimizer.update(grads, state)
    model = eqx.apply_updates(model, updates)
