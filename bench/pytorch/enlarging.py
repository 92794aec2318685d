"""Numbers of test/golden/enlarging.json: RCAN and HAN at scales 2, 3, 4 and 8, in float64 PyTorch.

    python3 bench/pytorch/enlarging.py > test/golden/enlarging.json

Our own code in the layer order of the published networks, which build on EDSR-PyTorch: a subtracted mean colour, a head,
residual groups, a tail of upsampling convolutions with pixel shuffles and one convolution, an added mean colour. Weights
and pictures are those of test/golden/recipe-weights.ts.
"""

import json
import math

import numpy
import torch
from torch import nn

torch.set_default_dtype(torch.float64)
WIDE = math.sqrt(3)
RED_GREEN_BLUE = (0.4488, 0.4371, 0.4040)


def recipe(seed, name, shape, centre, half):
    start = 0x811C9DC5
    for byte in f"{seed}:{name}".encode():
        start = ((start ^ byte) * 0x01000193) & 0xFFFFFFFF
    x = (start + numpy.arange(int(numpy.prod(shape)), dtype=numpy.uint64) * 0x9E3779B9) & 0xFFFFFFFF
    x = ((x ^ (x >> numpy.uint64(16))) * 0x85EBCA6B) & 0xFFFFFFFF
    x = ((x ^ (x >> numpy.uint64(13))) * 0xC2B2AE35) & 0xFFFFFFFF
    x = (x ^ (x >> numpy.uint64(16))) & 0xFFFFFFFF
    values = (centre + half * (2 * (x / 2**32) - 1)).astype(numpy.float32)
    return torch.from_numpy(values.astype(numpy.float64)).reshape(shape)


def conv(inside, outside, size=3):
    return nn.Conv2d(inside, outside, size, padding=size // 2)


class MeanShift(nn.Conv2d):
    def __init__(self, white, sign):
        super().__init__(3, 3, 1)
        self.fixed = {"weight": torch.eye(3).reshape(3, 3, 1, 1), "bias": sign * white * torch.tensor(RED_GREEN_BLUE)}


class ChannelAttention(nn.Module):
    def __init__(self, features, reduction):
        super().__init__()
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.conv_du = nn.Sequential(
            conv(features, features // reduction, 1), nn.ReLU(), conv(features // reduction, features, 1), nn.Sigmoid()
        )

    def forward(self, x):
        return x * self.conv_du(self.avg_pool(x))


class Block(nn.Module):
    def __init__(self, features, reduction):
        super().__init__()
        self.body = nn.Sequential(
            conv(features, features), nn.ReLU(), conv(features, features), ChannelAttention(features, reduction)
        )

    def forward(self, x):
        return self.body(x) + x


class Group(nn.Module):
    def __init__(self, features, reduction, blocks):
        super().__init__()
        self.body = nn.Sequential(*[Block(features, reduction) for _ in range(blocks)], conv(features, features))

    def forward(self, x):
        return self.body(x) + x


def upsampler(scale, features):
    factors = [3] if scale == 3 else [2] * int(math.log2(scale))
    return nn.Sequential(*[one for r in factors for one in (conv(features, r * r * features), nn.PixelShuffle(r))])


class Rcan(nn.Module):
    def __init__(self, groups, blocks, features, reduction, scale, white):
        super().__init__()
        self.sub_mean, self.add_mean = MeanShift(white, -1), MeanShift(white, 1)
        self.head = nn.Sequential(conv(3, features))
        self.body = nn.Sequential(
            *[Group(features, reduction, blocks) for _ in range(groups)], conv(features, features)
        )
        self.tail = nn.Sequential(upsampler(scale, features), conv(features, 3))

    def features(self, x):
        return self.body(x) + x

    def forward(self, x):
        return self.add_mean(self.tail(self.features(self.head(self.sub_mean(x)))))


class LayerAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        n, layers, c, h, w = x.shape
        flat = x.reshape(n, layers, -1)
        energy = flat @ flat.transpose(1, 2)
        attention = torch.softmax(energy.max(-1, keepdim=True)[0] - energy, -1)
        return (self.gamma * (attention @ flat) + flat).reshape(n, layers * c, h, w)


class ChannelSpatialAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1))
        self.conv = nn.Conv3d(1, 1, 3, padding=1)

    def forward(self, x):
        return x * (self.gamma * torch.sigmoid(self.conv(x[:, None]))[:, 0]) + x


class Han(Rcan):
    def __init__(self, groups, blocks, features, reduction, scale, white):
        super().__init__(groups, blocks, features, reduction, scale, white)
        self.csa, self.la = ChannelSpatialAttention(), LayerAttention()
        self.last_conv = conv((groups + 1) * features, features)
        self.last = conv(2 * features, features)

    def features(self, x):
        first, results = x, []
        for layer in self.body:
            x = layer(x)
            results.insert(0, x)
        attended = self.last_conv(self.la(torch.stack(results, 1)))
        return self.last(torch.cat([self.csa(x), attended], 1)) + first


def fill(seed, network):
    fixed = {f"{name}.{key}": value for name, part in network.named_modules() if isinstance(part, MeanShift)
             for key, value in part.fixed.items()}
    for name, parameter in network.named_parameters():
        shape = tuple(parameter.shape)
        if name in fixed:
            parameter.data = fixed[name].to(torch.float32).to(torch.float64)
        elif len(shape) > 1:
            parameter.data = recipe(seed, name, shape, 0, WIDE / math.sqrt(numpy.prod(shape[1:])))
        else:
            parameter.data = recipe(seed, name, shape, 0, 0.26)


def numbers(values):
    return [float(f"{value:.9g}") for value in values]


def case(architecture, scale, white):
    seed = f"{architecture}-{scale}"
    config = dict(groups=2, blocks=1, features=8, reduction=2, scale=scale)
    network = {"rcan": Rcan, "han": Han}[architecture](white=white, **config)
    fill(seed, network)
    image = recipe(seed, "image", (2, 3, 5, 4), white / 2, white / 2)
    target = recipe(seed, "target", (2, 3, 5 * scale, 4 * scale), white / 2, white / 2)
    output = network(image)
    loss = ((output - target) ** 2).mean()
    loss.backward()
    flat = output.detach().flatten()
    trained = {name: one.grad for name, one in network.named_parameters() if "mean" not in name}
    return {
        "seed": seed,
        "architecture": architecture,
        "network": {**config, "rgbRange": white},
        "shape": list(output.shape),
        "output": {"sum": float(flat.sum()), "norm": float(flat.norm()), "every37th": numbers(flat[::37])},
        "loss": float(loss.detach()),
        "gradientNorms": {name: float(f"{float(grad.norm()):.9g}") for name, grad in trained.items()},
        "tailGradient": numbers(trained["tail.0.0.weight"].flatten()[::97]),
    }


cases = [case(name, scale, 255 if name == "rcan" else 1) for name in ("rcan", "han") for scale in (2, 3, 4, 8)]
print(json.dumps(cases, indent=2))
