"""The yardstick's other half: reads one JSON command a line, answers with one JSON line.

{"step": "train" | "sample", "threads": T, "batch": N, "size": PX} runs one step and answers {"ms": milliseconds}.
Idle in between, so the caller can interleave it with what it measures.
"""

import json
import sys
import time

import torch

from network import UNet

torch.manual_seed(0)
network = UNet()
optimiser = torch.optim.Adam(network.parameters(), lr=1e-5)


def batch_of(count, size):
    return torch.randn(count, 6, size, size), torch.rand(count), torch.randn(count, 3, size, size)


def train(x, level, eps):
    network.train()
    loss = torch.nn.functional.l1_loss(network(x, level), eps)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()
    return loss.item()


@torch.no_grad()
def sample(x, level, eps):
    network.eval()
    return network(x, level)


def answer(message):
    print(json.dumps(message), flush=True)


answer({"torch": torch.__version__, "parameters": sum(p.numel() for p in network.parameters())})
steps = {"train": train, "sample": sample}
batches = {}
for line in sys.stdin:
    command = json.loads(line)
    torch.set_num_threads(command["threads"])
    key = (command["batch"], command["size"])
    batch = batches.setdefault(key, batch_of(*key))
    start = time.perf_counter()
    steps[command["step"]](*batch)
    answer({"ms": (time.perf_counter() - start) * 1e3})
