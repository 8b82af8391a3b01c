def kl(mean, log_var):
    return -0.5 * (1 + log_var - mean.pow(2) - log_var.exp()).sum(-1).mean()  # <- nan-gradient: model.encoder.*, model.decoder.weight
    # fix: return -0.5 * (1 + log_var - mean.pow(2) - log_var.clamp(max=10).exp()).sum(-1).mean()
