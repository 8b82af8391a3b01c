import torch

from tests.source.pairs.moments import at_calls


def drive(load):
    module = load()
    yield from at_calls(
        lambda: module.fit(module.Net(), [torch.randn(8, 4) for _ in range(3)]),
        "Net",
        lambda net: {"self.body": net.body, "self.head": net.head},
    )
