"""The yardstick: the predictor's network in PyTorch, from its config, with random weights.

Arguments: config as JSON, threads, width, height. First line out: {"torch", "parameters"}; then for each line in, one restoration: {"ms"}.
"""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

config, threads, width, height = json.loads(sys.argv[1]), *map(int, sys.argv[2:5])
torch.set_num_threads(threads)
torch.manual_seed(0)


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        h = x
        if config.get("normalise"):
            h = x * torch.rsqrt(x.square().mean(1, keepdim=True) + 1e-6)
        return x + self.conv2(F.silu(self.conv1(h)))


class ResidualUnet(nn.Module):
    def __init__(self):
        super().__init__()
        widths, blocks, area = config["widths"], config["blocks"], config["unshuffle"] ** 2
        stage = lambda i: nn.Sequential(*[Block(widths[i]) for _ in range(blocks[i])])
        scales = range(len(widths))
        self.head = nn.Conv2d(config["inChannels"] * area, widths[0], 3, padding=1)
        self.down = nn.ModuleList(stage(i) for i in scales)
        self.next = nn.ModuleList(nn.Conv2d(4 * widths[i], widths[i + 1], 1) for i in scales[:-1])
        self.middle = nn.Sequential(*[Block(widths[-1]) for _ in range(config["middleBlocks"])])
        self.start = nn.ModuleList(nn.Conv2d(widths[i + 1], 4 * widths[i], 1) for i in scales[:-1])
        self.up = nn.ModuleList(stage(i) for i in scales[:-1])
        self.tail = nn.Conv2d(widths[0], config["outChannels"] * area, 3, padding=1)
        others = config["inChannels"] // config["outChannels"] - 1 if config["blend"] else 0
        self.blends = nn.ModuleList(nn.Conv2d(widths[0], area, 3, padding=1) for _ in range(others))

    def forward(self, image):
        x, skips = self.head(F.pixel_unshuffle(image, config["unshuffle"])), []
        for i, blocks in enumerate(self.down):
            x = blocks(x)
            if i < len(self.next):
                skips.append(x)
                x = self.next[i](F.pixel_unshuffle(x, 2))
        x = self.middle(x)
        for i in reversed(range(len(self.next))):
            x = self.up[i](F.pixel_shuffle(self.start[i](x), 2) + skips[i])
        colours = config["outChannels"]
        first, *others = image.split(colours, 1) if self.blends else [image[:, :colours]]
        added = first
        for blend, other in zip(self.blends, others):
            added = added + F.pixel_shuffle(blend(x), config["unshuffle"]) * (other - first)
        return added + F.pixel_shuffle(self.tail(x), config["unshuffle"])


network = ResidualUnet().eval()
image = torch.randn(1, config["inChannels"], height, width).clamp(-1, 1)
print(json.dumps({"torch": torch.__version__, "parameters": sum(p.numel() for p in network.parameters())}), flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    with torch.no_grad():
        network(image)
    print(json.dumps({"ms": 1000 * (time.perf_counter() - start)}), flush=True)
