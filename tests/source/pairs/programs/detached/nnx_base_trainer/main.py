import jax
import jax.numpy as jnp
from base import Trainer
from flax import nnx


class Net(nnx.Module):
    def __init__(self, width, depth, rngs):
        self.blocks = nnx.List([nnx.Linear(width, width, rngs=rngs) for _ in range(depth)])
        self.heads = nnx.Dict({name: nnx.Linear(width, 1, rngs=rngs) for name in ("a", "b")})

    def features(self, x):
        for block in self.blocks:
            x = nnx.tanh(block(x))
        return x

    def __call__(self, x):
        h = self.features(x)
        return {name: head(jax.lax.stop_gradient(h)) for name, head in self.heads.items()}  # <- detached: self.blocks
        # fix: return {name: head(h) for name, head in self.heads.items()}


class Regression(Trainer):
    def loss(self, model, x, y):
        return sum(jnp.mean((out - y) ** 2) for out in model(x).values())


trainer = Regression(Net(4, 2, nnx.Rngs(0)))
for _ in range(5):
    print(trainer.step(jnp.ones((8, 4)), jnp.zeros((8, 1))))
