import jax


def drive(load):
    module = load()
    for params in (module.model.init(jax.random.PRNGKey(0), module.x), module.params):
        yield {"features": params["params"]["features"]}
