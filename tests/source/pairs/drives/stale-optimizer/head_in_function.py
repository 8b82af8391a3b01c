import torch

from tests.source.pairs.moments import at_calls


def drive(load):
    data = [(torch.randn(6, 8), torch.randint(0, 3, (6,))) for _ in range(3)]
    module = load()
    yield from at_calls(
        lambda: module.finetune(data, 3), "Net", lambda net: {"self.head": net.head}
    )
