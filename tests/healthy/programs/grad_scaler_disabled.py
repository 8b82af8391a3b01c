"""The AMP recipe on a machine without a GPU: the scaler and autocast are switched off."""

import torch
import torch.nn as nn

torch.manual_seed(0)
use_amp = torch.cuda.is_available()
device = "cuda" if use_amp else "cpu"
net = nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Linear(24, 1)).to(device)
opt = torch.optim.SGD(net.parameters(), lr=0.01)
scaler = torch.amp.GradScaler(device, enabled=use_amp)
for step in range(4):
    inputs, target = torch.randn(8, 12, device=device), torch.randn(8, 1, device=device)
    with torch.autocast(device_type=device, dtype=torch.float16, enabled=use_amp):
        loss = nn.functional.mse_loss(net(inputs), target)
    scaler.scale(loss).backward()
    scaler.unscale_(opt)
    torch.nn.utils.clip_grad_norm_(net.parameters(), max_norm=1.0)
    scaler.step(opt)
    scaler.update()
    opt.zero_grad()
    print(step, loss.item(), scaler.get_scale())
