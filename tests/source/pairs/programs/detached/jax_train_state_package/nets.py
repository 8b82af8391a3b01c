import jax
from flax import linen as nn


class Encoder(nn.Module):
    width: int

    @nn.compact
    def __call__(self, x):
        h = nn.relu(nn.Dense(self.width, name="first")(x))
        return nn.relu(nn.Dense(self.width, name="second")(h))


class Classifier(nn.Module):
    classes: int
    width: int = 8

    @nn.compact
    def __call__(self, x):
        h = Encoder(self.width, name="encoder")(x)
        h = jax.lax.stop_gradient(h)  # <- detached: first, second
        # fix:
        return nn.Dense(self.classes, name="head")(h)
