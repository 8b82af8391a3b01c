import jax.numpy as jnp


def drive(load):
    trainer = load().trainer
    for _ in range(3):
        yield {"params": trainer.state.params}
        trainer.step(jnp.ones((8, 4)), jnp.ones((8, 1)))
