def drive(load):
    module = load()
    for params in (module.params, module.state.params):
        yield {"params": params}
