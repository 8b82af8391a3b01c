from tests.source.pairs.tf_steps import noting


def drive(load):
    with noting() as first:
        program = load()
    yield {
        "hidden": first(program.model.get_layer("hidden").variables),
        "score": first(program.model.get_layer("score").variables),
    }
    yield {
        "hidden": program.model.get_layer("hidden").variables,
        "score": program.model.get_layer("score").variables,
    }
