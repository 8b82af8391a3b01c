from torch import nn


def freeze(model: nn.Module, keep: str) -> None:
    for name, parameter in model.named_parameters():
        if not name.startswith(keep):
            parameter.require_grad = False  # <- warning frozen: parameter
            # fix: parameter.requires_grad = False
