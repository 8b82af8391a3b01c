"""Label smoothing, hinge and triplet losses over one embedding network."""

import torch
import torch.nn as nn

torch.manual_seed(0)
backbone = nn.Sequential(nn.Linear(8, 32), nn.PReLU(), nn.Linear(32, 16))
classifier = nn.Linear(16, 5)
smooth = nn.CrossEntropyLoss(label_smoothing=0.1)
hinge = nn.MultiMarginLoss()
triplet = nn.TripletMarginLoss(margin=5.0)
opt = torch.optim.Adam([*backbone.parameters(), *classifier.parameters()], lr=1e-3)
for step in range(4):
    x, y = torch.randn(24, 8), torch.randint(0, 5, (24,))
    emb = backbone(x)
    logits = classifier(emb)
    anchor, positive, negative = emb[0::3], emb[1::3], emb[2::3]
    loss = smooth(logits, y) + hinge(logits, y) + 0.1 * triplet(anchor, positive, negative)
    signed = (y > 2).float() * 2 - 1
    loss = loss + torch.clamp(1 - signed * logits[:, 0], min=0).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
