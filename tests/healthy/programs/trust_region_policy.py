"""TRPO: natural gradients of a policy that no optimizer holds, asked for by name."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils import parameters_to_vector, vector_to_parameters


def flat(gradients):
    return torch.cat([g.reshape(-1) for g in gradients])


def conjugate_gradients(product, b, steps=4):
    x, r, p = torch.zeros_like(b), b.clone(), b.clone()
    rr = r @ r
    for _ in range(steps):
        z = product(p)
        alpha = rr / (p @ z + 1e-8)
        x += alpha * p
        r -= alpha * z
        new = r @ r
        p = r + new / rr * p
        rr = new
    return x


def main():
    torch.manual_seed(0)
    policy = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3))
    value = nn.Linear(4, 1)
    optimizer = torch.optim.Adam(value.parameters(), lr=1e-2)
    for iteration in range(4):
        states, returns = torch.randn(16, 4), torch.randn(16)
        old = policy(states).log_softmax(-1).detach()
        actions = torch.distributions.Categorical(logits=old).sample()[:, None]
        value_loss = F.mse_loss(value(states)[:, 0], returns)
        optimizer.zero_grad()
        value_loss.backward()
        optimizer.step()

        advantage = returns - value(states)[:, 0].detach()
        ratio = (policy(states).log_softmax(-1) - old).gather(1, actions)[:, 0].exp()
        surrogate = (ratio * advantage).mean()
        gradient = flat(torch.autograd.grad(surrogate, policy.parameters()))
        kl = (old.exp() * (old - policy(states).log_softmax(-1))).sum(-1).mean()
        kl_gradient = flat(torch.autograd.grad(kl, policy.parameters(), create_graph=True))

        def fisher(v, kl_gradient=kl_gradient):
            dot = (kl_gradient * v).sum()
            hvp = torch.autograd.grad(dot, policy.parameters(), retain_graph=True)
            return flat(hvp) + 0.1 * v

        step = 0.1 * conjugate_gradients(fisher, gradient)
        now = parameters_to_vector(policy.parameters()).detach()
        vector_to_parameters(now + step, policy.parameters())
        print(iteration, surrogate.item(), kl.item(), value_loss.item())


if __name__ == "__main__":
    main()
