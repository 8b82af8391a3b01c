import jax


def drive(load):
    module = load()
    for params in (module.model.init(jax.random.PRNGKey(0), module.x), module.params):
        yield {name: params["params"][name] for name in ("out", "hidden")}
