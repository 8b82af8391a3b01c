import torch


class Biased:
    def add_bias(self, size):
        self.register_buffer("offset", torch.zeros(size, requires_grad=True))  # <- buffer-not-parameter: self.offset
        # fix: self.offset = torch.nn.Parameter(torch.zeros(size))
