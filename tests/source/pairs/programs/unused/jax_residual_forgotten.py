import jax.numpy as jnp
import optax
from flax import nnx


class Block(nnx.Module):
    def __init__(self, rngs):
        self.body = nnx.Linear(4, 4, rngs=rngs)
        self.gate = nnx.Linear(4, 4, rngs=rngs)

    def __call__(self, x):
        gate = nnx.sigmoid(self.gate(x))  # <- unused: self.gate
        return x + self.body(x)
        # fix: return x + gate * self.body(x)


model = Block(nnx.Rngs(0))
optimizer = nnx.Optimizer(model, optax.sgd(0.1), wrt=nnx.Param)


def loss_fn(model, x):
    return jnp.mean(model(x) ** 2)


for _ in range(3):
    loss, grads = nnx.value_and_grad(loss_fn)(model, jnp.ones((2, 4)))
    optimizer.update(model, grads)
