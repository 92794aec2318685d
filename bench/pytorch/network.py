"""The paper's network in PyTorch: the yardstick of bench/, of the same shapes and parameter count as src/networks.

U-Net of SR3 with linear attention after every block but the last of the middle (whose attention parameters exist, unused).
"""

import math

import torch
import torch.nn.functional as F
from torch import nn


class LinearAttention(nn.Module):
    """softmax over the positions of the keys; no scale, no residual connection. [N, C, H, W] -> [N, C, H, W]."""

    def __init__(self, channels, groups):
        super().__init__()
        self.norm = nn.GroupNorm(groups, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1, bias=False)
        self.proj = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        q, k, v = self.qkv(self.norm(x)).flatten(2).chunk(3, dim=1)
        context = torch.bmm(F.softmax(k, dim=-1), v.transpose(1, 2))  # [N, C, C]
        return self.proj(torch.bmm(context.transpose(1, 2), q).view_as(x))


def block(inside, outside, groups, dropout=0.0):
    parts = [nn.GroupNorm(groups, inside), nn.SiLU(), nn.Dropout(dropout), nn.Conv2d(inside, outside, 3, padding=1)]
    return nn.Sequential(*(part for part in parts if not isinstance(part, nn.Dropout) or dropout > 0))


class ResidualBlock(nn.Module):
    def __init__(self, inside, outside, level_channels, groups, dropout, attend=True):
        super().__init__()
        self.level = nn.Linear(level_channels, outside)
        self.block1 = block(inside, outside, groups)
        self.block2 = block(outside, outside, groups, dropout)
        self.skip = nn.Conv2d(inside, outside, 1) if inside != outside else nn.Identity()
        self.attention = LinearAttention(outside, groups)
        self.attend = attend

    def forward(self, x, level):
        h = self.block1(x) + self.level(level)[:, :, None, None]
        h = self.block2(h) + self.skip(x)
        return self.attention(h) if self.attend else h


class Upsample(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return self.conv(F.interpolate(x, scale_factor=2, mode="nearest"))


class UNet(nn.Module):
    def __init__(self, in_channels=6, out_channels=3, width=96, multipliers=(1, 2, 2, 2), blocks=2, groups=16, dropout=0.2):
        super().__init__()
        self.width = width
        self.level = nn.Sequential(nn.Linear(width, 4 * width), nn.SiLU(), nn.Linear(4 * width, width))
        rest = (width, groups, dropout)
        channels, skips = width, [width]
        downs = [nn.Conv2d(in_channels, width, 3, padding=1)]
        for i, multiplier in enumerate(multipliers):
            for _ in range(blocks):
                downs.append(ResidualBlock(channels, width * multiplier, *rest))
                channels = width * multiplier
                skips.append(channels)
            if i + 1 < len(multipliers):
                downs.append(nn.Conv2d(channels, channels, 3, stride=2, padding=1))
                skips.append(channels)
        middle = [ResidualBlock(channels, channels, *rest), ResidualBlock(channels, channels, *rest, attend=False)]
        ups = []
        for i, multiplier in reversed(list(enumerate(multipliers))):
            for _ in range(blocks + 1):
                ups.append(ResidualBlock(channels + skips.pop(), width * multiplier, *rest))
                channels = width * multiplier
            if i > 0:
                ups.append(Upsample(channels))
        self.downs, self.middle, self.ups = nn.ModuleList(downs), nn.ModuleList(middle), nn.ModuleList(ups)
        self.final = block(channels, out_channels, groups)

    def embed(self, level):
        """level: [N] = sqrt(alphaBar) -> [N, width]."""
        half = self.width // 2
        angles = level[:, None] * torch.exp(-math.log(1e4) * torch.arange(half) / half)
        return self.level(torch.cat([angles.sin(), angles.cos()], dim=1))

    def forward(self, x, level):
        """x: [N, 6, H, W] = (blurry, x_t), level: [N] -> [N, 3, H, W]."""
        embedding = self.embed(level)
        skips = []
        for layer in self.downs:
            x = layer(x, embedding) if isinstance(layer, ResidualBlock) else layer(x)
            skips.append(x)
        for layer in self.middle:
            x = layer(x, embedding)
        for layer in self.ups:
            x = layer(torch.cat([x, skips.pop()], dim=1), embedding) if isinstance(layer, ResidualBlock) else layer(x)
        return self.final(x)
