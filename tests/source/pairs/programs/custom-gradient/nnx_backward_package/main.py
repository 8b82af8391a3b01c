import jax.numpy as jnp
import optax
from flax import nnx
from ops import scaled


class Net(nnx.Module):
    def __init__(self, width, rngs):
        self.inner = nnx.Linear(4, width, rngs=rngs)
        self.scale = nnx.Param(jnp.ones(width))
        self.outer = nnx.Linear(width, 1, rngs=rngs)

    def __call__(self, x):
        h = scaled(self.inner(x), self.scale[...])  # <- custom-gradient: self.scale
        return self.outer(nnx.tanh(h))


@nnx.jit
def step(model, optimizer, x, y):
    grads = nnx.grad(lambda m: jnp.mean((m(x) - y) ** 2))(model)
    optimizer.update(model, grads)


model = Net(8, nnx.Rngs(0))
optimizer = nnx.Optimizer(model, optax.adam(1e-2), wrt=nnx.Param)
for _ in range(3):
    step(model, optimizer, jnp.ones((8, 4)), jnp.zeros((8, 1)))
