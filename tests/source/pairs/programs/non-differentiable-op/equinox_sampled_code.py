import equinox as eqx
import jax
import jax.numpy as jnp
import optax


class AutoEncoder(eqx.Module):
    encoder: eqx.nn.MLP
    decoder: eqx.nn.MLP

    def __init__(self, key):
        one, two = jax.random.split(key)
        self.encoder = eqx.nn.MLP(4, 3, 8, 1, key=one)
        self.decoder = eqx.nn.MLP(3, 4, 8, 1, key=two)

    def __call__(self, x, key):
        chances = jax.nn.sigmoid(self.encoder(x))
        code = jax.random.bernoulli(key, chances)  # <- non-differentiable-op: self.encoder
        # fix: code = chances + jax.lax.stop_gradient(jax.random.bernoulli(key, chances) - chances)
        return self.decoder(code.astype(jnp.float32))


def loss_fn(model, x, key):
    return jnp.mean((jax.vmap(model)(x, jax.random.split(key, len(x))) - x) ** 2)


@eqx.filter_jit
def step(model, state, x, key):
    grads = eqx.filter_grad(loss_fn)(model, x, key)
    updates, state = optimizer.update(grads, state)
    return eqx.apply_updates(model, updates), state


model = AutoEncoder(jax.random.key(0))
optimizer = optax.adam(1e-3)
state = optimizer.init(eqx.filter(model, eqx.is_array))
for i in range(3):
    model, state = step(model, state, jnp.ones((8, 4)), jax.random.key(i))
