import jax
import jax.numpy as jnp
import optax
from flax import linen as nn


class Gated(nn.Module):
    experts: int

    def setup(self):
        self.gate = nn.Dense(self.experts)
        self.each = [nn.Dense(4) for _ in range(self.experts)]

    def route(self, x):
        return jax.nn.one_hot(jnp.argmax(self.gate(x), -1), self.experts)  # <- non-differentiable-op: self.gate
        # fix: return jax.nn.softmax(self.gate(x))

    def __call__(self, x):
        weights = self.route(x)
        return sum(weights[:, i : i + 1] * expert(x) for i, expert in enumerate(self.each))


model = Gated(3)
x = jnp.ones((8, 4))
params = model.init(jax.random.key(0), x)
optimizer = optax.adam(1e-3)
state = optimizer.init(params)
for _ in range(3):
    grads = jax.grad(lambda p: jnp.mean((model.apply(p, x) - x) ** 2))(params)
    updates, state = optimizer.update(grads, state)
    params = optax.apply_updates(params, updates)
