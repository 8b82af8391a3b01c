import jax
import jax.numpy as jnp
import optax
from flax import linen as nn
from flax.training import train_state


class Trainer:
    def __init__(self, model, x, rate=1e-2):
        params = model.init(jax.random.key(0), x)["params"]
        self.state = train_state.TrainState.create(
            apply_fn=model.apply, params=params, tx=optax.adam(rate)
        )

    def step(self, x, y):
        def loss_fn(params):
            return jnp.mean((self.state.apply_fn({"params": params}, x) - y) ** 2)

        loss, grads = jax.value_and_grad(loss_fn)(self.state.params)
        self.state.apply_gradients(grads=grads)  # <- step-missing: -
        # fix: self.state = self.state.apply_gradients(grads=grads)
        return loss


trainer = Trainer(nn.Dense(1), jnp.ones((8, 4)))
for _ in range(5):
    print(trainer.step(jnp.ones((8, 4)), jnp.zeros((8, 1))))
