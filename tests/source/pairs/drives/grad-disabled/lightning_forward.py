import torch

from tests.source.pairs.lightning_fit import fit


def drive(load):
    model = load().Classifier()
    yield {"self.backbone": model.backbone, "self.norm": model.norm}
    fit(model, (torch.randn(2, 3, 6, 6), torch.randint(0, 10, (2,))))
    yield {"self.backbone": model.backbone, "self.norm": model.norm}
