import torch


class Trainer:
    def __init__(self, encoder, decoder):
        self.encoder, self.decoder = encoder, decoder
        self.opt_encoder = torch.optim.Adam(encoder.parameters(), lr=1e-3)
        self.opt_decoder = torch.optim.Adam(decoder.parameters(), lr=1e-3)

    def step(self, x):
        self.opt_encoder.zero_grad()
        self.opt_decoder.zero_grad()
        loss = (self.decoder(self.encoder(x)) - x).square().mean()
        loss.backward()  # <- step-missing: self.encoder
        # fix+ self.opt_encoder.step()
        self.opt_decoder.step()
        return loss.item()
