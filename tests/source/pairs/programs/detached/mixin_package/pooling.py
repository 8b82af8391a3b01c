class AttentionPooling:
    """Pools over time. For modules that have `self.query`."""

    def pool(self, sequence):
        weights = (sequence @ self.query).softmax(dim=1)
        return (weights.unsqueeze(-1) * sequence).sum(dim=1).data  # <- detached: self.query, self.rnn
        # fix: return (weights.unsqueeze(-1) * sequence).sum(dim=1)
