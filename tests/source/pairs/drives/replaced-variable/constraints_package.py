"""What the optimizer does to the weight that the model has: its last step."""

from tests.source.pairs.moments import around_last_step


def drive(load):
    main = load().main
    yield from around_last_step(
        lambda: main(3), "Monotone", lambda model: {"weight": model.outer.weight}
    )
