import jax.numpy as jnp
import optax
from flax import nnx


class Codec(nnx.Module):
    def __init__(self, rngs):
        self.encode = nnx.Linear(4, 3, rngs=rngs)
        self.decode = nnx.Linear(3, 4, rngs=rngs)

    def __call__(self, x):
        code = jnp.round(nnx.sigmoid(self.encode(x)))  # <- non-differentiable-op: self.encode
        # fix: code = nnx.sigmoid(self.encode(x))
        return self.decode(code)


def train(model, optimizer, steps):
    loss_fn = nnx.value_and_grad(lambda m, x: jnp.mean((m(x) - x) ** 2))
    for _ in range(steps):
        loss, grads = loss_fn(model, jnp.ones((8, 4)))
        optimizer.update(model, grads)


net = Codec(nnx.Rngs(0))
train(net, nnx.Optimizer(net, optax.adam(1e-2), wrt=nnx.Param), 10)
