from tests.source.pairs.tf_steps import noting


def drive(load):
    with noting() as first:
        program = load()
    yield {
        "self.hidden": first(program.model.hidden.variables),
        "self.out": first(program.model.out.variables),
    }
    yield {"self.hidden": program.model.hidden.variables, "self.out": program.model.out.variables}
