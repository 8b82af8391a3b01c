import torch

from tests.source.pairs.lightning_fit import fit


def drive(load):
    model = load().Prototypes()
    yield {"self.prototypes": model.prototypes}
    fit(model, (torch.randn(6, 8), torch.randint(0, 5, (6,))))
    yield {"self.prototypes": model.prototypes}
