"""Numbers of test/golden/enlarging.json: networks that enlarge, at their published scales, in float64 PyTorch.

    python3 bench/pytorch/enlarging.py > test/golden/enlarging.json

Our own code in the layer order of the published networks, which build on EDSR-PyTorch: a subtracted mean colour, a head,
residual groups, a tail of upsampling convolutions with pixel shuffles and one convolution, an added mean colour. RDN,
RRDN and RRDBNet are written from the papers (Zhang et al. 2018; Wang et al. 2018) and the layers that the published
checkpoints name. Weights and pictures are those of test/golden/recipe-weights.ts.
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


def dense(convs, x, activation):
    features = x
    for one in convs[:-1]:
        features = torch.cat([features, activation(one(features))], 1)
    return convs[-1](features)


class Rdn(nn.Module):
    def __init__(self, features, growth, convs, blocks, scale):
        super().__init__()
        self.counts, self.scale = (convs, blocks), scale
        self.F_m1, self.F_0 = conv(3, features), conv(features, features)
        for b in range(1, blocks + 1):
            for c in range(convs):
                self.add_module(f"F_{b}_{c + 1}", conv(features + c * growth, growth))
            self.add_module(f"LFF_{b}", conv(features + convs * growth, features, 1))
        self.GFF_1, self.GFF_2 = conv(blocks * features, features, 1), conv(features, features)
        self.UPN1, self.UPN2, self.UPN3 = conv(features, 64, 5), conv(64, 32), conv(32, 3 * scale**2)
        self.SR = conv(3 * scale**2, 3)

    def forward(self, image):
        convs, blocks = self.counts
        part = dict(self.named_children())
        first = self.F_m1(image)
        x, results = self.F_0(first), []
        for b in range(1, blocks + 1):
            names = [f"F_{b}_{c + 1}" for c in range(convs)] + [f"LFF_{b}"]
            x = dense([part[name] for name in names], x, torch.relu) + x
            results.append(x)
        x = self.GFF_2(self.GFF_1(torch.cat(results, 1))) + first
        x = self.UPN3(torch.relu(self.UPN2(torch.relu(self.UPN1(x)))))
        return self.SR(nn.functional.interpolate(x, scale_factor=self.scale, mode="nearest"))


class Rrdn(nn.Module):
    def __init__(self, features, growth, convs, denseBlocks, blocks, scale):
        super().__init__()
        self.counts, self.scale = (convs, denseBlocks, blocks), scale
        self.Pre_blocks_conv, self.post_blocks_conv = conv(3, features), conv(features, features)
        for b in range(1, blocks + 1):
            for d in range(1, denseBlocks + 1):
                for c in range(convs):
                    self.add_module(f"F_{b}_{d}_{c + 1}", conv(features + c * growth, growth))
                self.add_module(f"LFF_{b}_{d}", conv(features + convs * growth, features))
        self.PreShuffle, self.SR = conv(features, 3 * scale**2), conv(3, 3)

    def forward(self, image):
        convs, dense_blocks, blocks = self.counts
        part = dict(self.named_children())
        first = x = self.Pre_blocks_conv(image)
        for b in range(1, blocks + 1):
            start = x
            for d in range(1, dense_blocks + 1):
                names = [f"F_{b}_{d}_{c + 1}" for c in range(convs)] + [f"LFF_{b}_{d}"]
                x = 0.2 * dense([part[name] for name in names], x, torch.relu) + x
            x = 0.2 * x + start
        return self.SR(nn.functional.pixel_shuffle(self.PreShuffle(self.post_blocks_conv(x) + first), self.scale))


def lrelu(x):
    return nn.functional.leaky_relu(x, 0.2)


class DenseBlock(nn.Module):
    def __init__(self, features, growth):
        super().__init__()
        for c in range(5):
            self.add_module(f"conv{c + 1}", conv(features + c * growth, growth if c < 4 else features))

    def forward(self, x):
        return 0.2 * dense(list(self.children()), x, lrelu) + x


class Rrdb(nn.Module):
    def __init__(self, features, growth):
        super().__init__()
        self.rdb1, self.rdb2, self.rdb3 = (DenseBlock(features, growth) for _ in range(3))

    def forward(self, x):
        return 0.2 * self.rdb3(self.rdb2(self.rdb1(x))) + x


class RrdbNet(nn.Module):
    def __init__(self, features, growth, blocks, scale):
        super().__init__()
        self.unshuffle = 4 // scale
        self.conv_first = conv(3 * self.unshuffle**2, features)
        self.body = nn.Sequential(*[Rrdb(features, growth) for _ in range(blocks)])
        for name in ("conv_body", "conv_up1", "conv_up2", "conv_hr"):
            self.add_module(name, conv(features, features))
        self.conv_last = conv(features, 3)

    def forward(self, image):
        first = self.conv_first(nn.functional.pixel_unshuffle(image, self.unshuffle))
        x = self.conv_body(self.body(first)) + first
        for up in (self.conv_up1, self.conv_up2):
            x = lrelu(up(nn.functional.interpolate(x, scale_factor=2, mode="nearest")))
        return self.conv_last(lrelu(self.conv_hr(x)))


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


GROUPS = dict(groups=2, blocks=1, features=8, reduction=2)
# Class, small settings, white, and the layer of the enlargement whose gradient is compared in full.
NETWORKS = {
    "rcan": (Rcan, GROUPS, 255, "tail.0.0.weight"),
    "han": (Han, GROUPS, 1, "tail.0.0.weight"),
    "rdn": (Rdn, dict(features=6, growth=4, convs=2, blocks=2), 255, "UPN3.weight"),
    "rrdn": (Rrdn, dict(features=6, growth=4, convs=2, denseBlocks=2, blocks=2), 1, "PreShuffle.weight"),
    "rrdb-net": (RrdbNet, dict(features=6, growth=4, blocks=2), 1, "conv_up1.weight"),
}


def case(architecture, scale):
    seed = f"{architecture}-{scale}"
    make, settings, white, tail = NETWORKS[architecture]
    config = dict(settings, scale=scale)
    network = make(white=white, **config) if settings is GROUPS else make(**config)
    fill(seed, network)
    height = 8 if architecture == "rrdb-net" else 5
    image = recipe(seed, "image", (2, 3, height, 4), white / 2, white / 2)
    target = recipe(seed, "target", (2, 3, height * scale, 4 * scale), white / 2, white / 2)
    output = network(image)
    loss = ((output - target) ** 2).mean()
    loss.backward()
    flat = output.detach().flatten()
    trained = {name: one.grad for name, one in network.named_parameters() if "mean" not in name}
    return {
        "seed": seed,
        "architecture": architecture,
        "network": {**config, "rgbRange": white} if settings is GROUPS else config,
        "white": white,
        "height": height,
        "shape": list(output.shape),
        "output": {"sum": float(flat.sum()), "norm": float(flat.norm()), "every37th": numbers(flat[::37])},
        "loss": float(loss.detach()),
        "gradientNorms": {name: float(f"{float(grad.norm()):.9g}") for name, grad in trained.items()},
        "tail": tail,
        "tailGradient": numbers(trained[tail].flatten()[::97]),
    }


SCALES = {"rrdb-net": (2, 4)}
cases = [case(name, scale) for name in NETWORKS for scale in SCALES.get(name, (2, 3, 4, 8))]
print(json.dumps(cases, indent=2))
