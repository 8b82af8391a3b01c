from tests.source.pairs.moments import at_calls


def drive(load):
    yield from at_calls(
        load,
        "Model",
        lambda model: {
            "self.norm": [block.norm for block in model.blocks],
            "self.mlp": [block.mlp for block in model.blocks],
        },
    )
