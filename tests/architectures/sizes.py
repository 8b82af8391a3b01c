"""Architectures of `transformers` in sizes that train in a blink. Nothing is downloaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
import transformers

Inputs = Callable[[], dict[str, Any]]

VOCABULARY = 48
PLAIN = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
GROUPED = PLAIN | {"num_key_value_heads": 2, "head_dim": 8}
MIXTURE = GROUPED | {
    "num_local_experts": 4,
    "num_experts": 4,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 16,
    "shared_expert_intermediate_size": 16,
}
VISION = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "image_size": 32,
    "patch_size": 8,
    "num_labels": 3,
}


@dataclass(frozen=True)
class Architecture:
    """A class of `transformers`, the configuration that makes it tiny, and a batch for it."""

    name: str
    config: str
    inputs: Inputs
    sizes: dict[str, Any] = field(default_factory=dict)

    def build(self) -> Any:
        """Make the model, in training mode."""
        config = getattr(transformers, self.config)(**self.sizes)
        return getattr(transformers, self.name)(config).train()


def ids(length: int = 10, batch: int = 2) -> torch.Tensor:
    """Token numbers that avoid the special ones."""
    return torch.randint(5, VOCABULARY, (batch, length))


def causal() -> dict[str, Any]:
    """Next-token prediction."""
    tokens = ids()
    return {"input_ids": tokens, "labels": tokens}


def masked() -> dict[str, Any]:
    """Masked-token prediction, over all tokens."""
    return {"input_ids": ids(), "labels": ids()}


def labelled() -> dict[str, Any]:
    """Classification of a whole text."""
    return {"input_ids": ids(), "labels": torch.tensor([0, 1])}


def tagged() -> dict[str, Any]:
    """Classification of every token."""
    return {"input_ids": ids(), "labels": torch.randint(0, 2, (2, 10))}


def answered() -> dict[str, Any]:
    """Extractive question answering."""
    where = torch.tensor([1, 4])
    return {"input_ids": ids(), "start_positions": where, "end_positions": where + 2}


def translated() -> dict[str, Any]:
    """Sequence to sequence."""
    return {"input_ids": ids(), "labels": ids(7)}


def pictured(size: int = 32, channels: int = 3) -> Inputs:
    """Classification of pictures."""
    return lambda: {
        "pixel_values": torch.randn(2, channels, size, size),
        "labels": torch.tensor([0, 2]),
    }


def heard() -> dict[str, Any]:
    """Classification of sound."""
    return {"input_values": torch.randn(2, 800), "labels": torch.tensor([0, 1])}


ENCODER_DECODER = {
    "vocab_size": VOCABULARY,
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 48,
    "decoder_ffn_dim": 48,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "decoder_start_token_id": 2,
    "forced_eos_token_id": 2,
}
T5 = {
    "vocab_size": VOCABULARY,
    "d_model": 32,
    "d_kv": 8,
    "d_ff": 48,
    "num_layers": 2,
    "num_decoder_layers": 2,
    "num_heads": 4,
    "decoder_start_token_id": 0,
}
WAVE = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "conv_dim": (16, 16),
    "conv_kernel": (10, 5),
    "conv_stride": (5, 4),
    "num_conv_pos_embeddings": 8,
    "num_conv_pos_embedding_groups": 2,
    "num_feat_extract_layers": 2,
    "classifier_proj_size": 16,
    "num_labels": 2,
    "mask_time_length": 4,
    "mask_time_prob": 0.2,
}
