"""A script that tells all it can about how it trained, so that two runs can be compared."""

import hashlib
import json
import random

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint
from torch.utils.data import DataLoader, Dataset

FUNCTION = type(lambda: None)


class Points(Dataset):
    def __len__(self):
        return 48

    def __getitem__(self, index):
        # Random state of the workers is the parent's affair too.
        x = torch.linspace(-1, 1, 6) * index + torch.rand(6) * random.random()
        return x, x.sum().sin().reshape(1)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(6, 12)
        self.norm = nn.BatchNorm1d(12)
        self.drop = nn.Dropout(0.3)
        self.inner = nn.Sequential(nn.Linear(12, 12), nn.Tanh(), nn.Dropout(0.1))
        self.head = nn.Linear(12, 1)
        self.scale = torch.ones(12, requires_grad=True)
        self.steps = 0

    def forward(self, x):
        self.steps += 1
        x = self.drop(self.norm(self.first(x)).relu()) * self.scale
        x = x + checkpoint(self.inner, x, use_reentrant=False)
        with torch.no_grad():
            self.seen = x.mean().item()
        return self.head(x) + self.inner(x.detach()).mean()


def digest(*tensors):
    sha = hashlib.sha256()
    for t in tensors:
        sha.update(b"none" if t is None else t.detach().cpu().contiguous().numpy().tobytes())
    return sha.hexdigest()[:16]


def randomness():
    return digest(torch.get_rng_state()), hashlib.sha256(
        repr(random.getstate()).encode()
    ).hexdigest()


def train(make_optimizer, closure=False):
    torch.manual_seed(3)
    random.seed(3)
    model = Net()
    calls = []
    model.norm.register_forward_hook(lambda m, i, o: calls.append(float(o.sum())))
    optimizer = make_optimizer(model)
    losses = []
    loader = DataLoader(Points(), batch_size=12, shuffle=True, num_workers=2)
    for _ in range(2):
        for x, y in loader:

            def evaluate():
                optimizer.zero_grad()
                loss = nn.functional.mse_loss(model(x), y)
                loss.backward()
                return loss

            if closure:
                loss = optimizer.step(evaluate)
            else:
                loss = evaluate()
                optimizer.step()
            losses.append(
                (loss.item(), digest(*(p.grad for p in model.parameters()), model.scale.grad))
            )
    return {
        "losses": losses,
        "weights": digest(*model.state_dict().values()),
        "optimizer": digest(
            *(v for s in optimizer.state.values() for v in s.values() if torch.is_tensor(v))
        ),
        "random": randomness(),
        "hooks": calls,
        "hook_counts": [
            len(m._forward_hooks) + len(m._backward_hooks) + len(m._forward_pre_hooks)
            for m in model.modules()
        ],
        "tensor_hooks": [p._backward_hooks is None for p in model.parameters()],
        "attributes": [sorted(vars(m)) for m in model.modules()],
        "parameter_attributes": [sorted(vars(p)) for p in model.parameters()],
        "optimizer_attributes": sorted(vars(optimizer)),
        "seen": [model.seen, model.steps],
        "grad_mode": torch.is_grad_enabled(),
    }


if __name__ == "__main__":
    told = [
        train(lambda m: torch.optim.Adam(m.parameters(), lr=0.01)),
        train(lambda m: torch.optim.LBFGS(m.parameters(), max_iter=3), closure=True),
        train(
            lambda m: torch.optim.SGD(
                [{"params": [p]} for p in m.parameters()], lr=0.1, momentum=0.9
            )
        ),
    ]
    told.append([len(torch.overrides._get_current_function_mode_stack())])
    for owner in (
        torch,
        torch.Tensor,
        torch.autograd,
        torch.autograd.Function,
        nn.Module,
        nn.Parameter,
        torch.optim.Optimizer,
        torch.optim.lr_scheduler.LRScheduler,
        torch.optim.Adam,
        torch.amp.GradScaler,
        torch.no_grad,
        torch.set_grad_enabled,
    ):
        # All names of it and where they come from: nothing of ours is left behind.
        told.append(
            [
                [name, type(value).__name__, type(value) is FUNCTION and value.__code__.co_filename]
                for name, value in sorted(vars(owner).items())
                if not name.startswith("__")
            ]
        )
    print(json.dumps(told, indent=1))
