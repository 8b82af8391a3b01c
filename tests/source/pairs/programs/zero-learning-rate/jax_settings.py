import jax
import jax.numpy as jnp
import optax
from flax import linen as nn
from flax.training import train_state

SETTINGS = {"base_rate": 1e-3, "batch": 32}


def create_state(key, model, x):
    params = model.init(key, x)["params"]
    rate = SETTINGS["base_rate"] * (SETTINGS["batch"] // 256)
    # fix: rate = SETTINGS["base_rate"] * (SETTINGS["batch"] / 256)
    tx = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(learning_rate=rate))  # <- zero-learning-rate: -
    # fix: tx = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(learning_rate=rate))
    return train_state.TrainState.create(apply_fn=model.apply, params=params, tx=tx)


x = jnp.ones((8, 4))
state = create_state(jax.random.key(0), nn.Dense(1), x)
for _ in range(3):
    grads = jax.grad(lambda p: jnp.mean(state.apply_fn({"params": p}, x) ** 2))(state.params)
    state = state.apply_gradients(grads=grads)
