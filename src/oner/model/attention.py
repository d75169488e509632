"""Attention of queries to keys, by whichever way is quick where it runs."""

import torch
from torch import Tensor
from torch.nn import functional as F


def attention(q: Tensor, k: Tensor, v: Tensor, seen: Tensor | None = None) -> Tensor:
    """softmax(q k / sqrt(size)) v for (B, heads, N, size); `seen` (B, 1, 1 or N, N) bool marks the keys that count.

    torch's fused kernel for processors takes twice as long backwards as all products of matrices of a step together
    (bf16, 45 tokens, LOG.md), so there training goes by the products themselves.
    """
    if not (torch.is_grad_enabled() and q.device.type == "cpu"):
        return F.scaled_dot_product_attention(q, k, v, attn_mask=seen)
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
    if seen is not None:
        scores = scores.masked_fill(~seen, float("-inf"))
    return scores.float().softmax(-1).to(v.dtype) @ v
