import jax


def drive(load):
    module = load()
    for params in (module.net.init(jax.random.key(0), module.x), module.params):
        yield {"aux": params["params"]["aux"]}
