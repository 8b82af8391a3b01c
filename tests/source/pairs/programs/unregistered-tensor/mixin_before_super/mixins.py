import torch
import torch.nn as nn


class Temperature:
    """A learned temperature for any head."""

    def __init__(self, *args, start=0.07, **kwargs):
        # fix+ super().__init__(*args, **kwargs)  # the head's own
        self.log_scale = torch.full((), 1 / start).log().requires_grad_()  # <- unregistered-tensor: self.log_scale
        # fix: self.log_scale = nn.Parameter(torch.full((), 1 / start).log())
        super().__init__(*args, **kwargs)  # the head's own
        # fix:

    def sharpened(self, logits):
        return logits * self.log_scale.exp()
