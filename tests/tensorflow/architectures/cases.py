"""Models that nobody here wrote, small: `keras.applications` and the backbones of keras-hub."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy

BATCH = 4
_WORDS = 50
_LENGTH = 8
_IMAGE = 32


@dataclass(frozen=True)
class Case:
    """One architecture: where its class lies, how it is made small, and what it is given."""

    module: str
    name: str
    settings: dict[str, Any]
    inputs: Callable[[], Any]

    slow: bool = False

    @property
    def id(self) -> str:
        return f"{self.module.rpartition('.')[2]}/{self.name}"


def _tokens() -> Any:
    return numpy.random.randint(1, _WORDS, (BATCH, _LENGTH)).astype("int32")


def _ones() -> Any:
    return numpy.ones((BATCH, _LENGTH), "int32")


def _sentence() -> Any:
    return {"token_ids": _tokens(), "padding_mask": _ones()}


def _two_sentences() -> Any:
    return {**_sentence(), "segment_ids": _ones() - 1}


def _unpadded() -> Any:
    return {"token_ids": _tokens(), "segment_ids": _ones() - 1}


def _translation() -> Any:
    sides = ("encoder", "decoder")
    tokens = {f"{side}_token_ids": _tokens() for side in sides}
    return tokens | {f"{side}_padding_mask": _ones() for side in sides}


def _image(size: int) -> Callable[[], Any]:
    return lambda: numpy.random.rand(BATCH, size, size, 3).astype("float32")


_SMALL = {
    "vocabulary_size": _WORDS,
    "num_layers": 2,
    "num_heads": 2,
    "hidden_dim": 16,
    "intermediate_dim": 32,
}
_SHORT = {**_SMALL, "max_sequence_length": _LENGTH}
_ELECTRA = {k: v for k, v in _SHORT.items() if k != "vocabulary_size"} | {
    "vocab_size": _WORDS,
    "embedding_dim": 8,
}
_FNET = {k: v for k, v in _SHORT.items() if k != "num_heads"}
_GROUPED = {k: v for k, v in _SMALL.items() if k != "num_heads"} | {
    "num_query_heads": 2,
    "num_key_value_heads": 1,
}
_FALCON = {k: v for k, v in _SMALL.items() if k != "num_heads"} | {"num_attention_heads": 2}
_VIT = {
    "image_shape": (16, 16, 3),
    "patch_size": 4,
    "num_layers": 2,
    "num_heads": 2,
    "hidden_dim": 16,
    "mlp_dim": 32,
}

HUB: tuple[tuple[str, dict[str, Any], Callable[[], Any]], ...] = (
    ("BertBackbone", _SHORT, _two_sentences),
    ("RobertaBackbone", _SHORT, _sentence),
    ("DistilBertBackbone", _SHORT, _sentence),
    ("AlbertBackbone", {**_SHORT, "embedding_dim": 8}, _two_sentences),
    ("ElectraBackbone", _ELECTRA, _two_sentences),
    ("DebertaV3Backbone", {**_SHORT, "bucket_size": 4}, _sentence),
    ("FNetBackbone", _FNET, _unpadded),
    ("GPT2Backbone", _SHORT, _sentence),
    ("OPTBackbone", _SHORT, _sentence),
    ("GPTNeoXBackbone", _SHORT, _sentence),
    ("BloomBackbone", _SHORT, _sentence),
    ("LlamaBackbone", _GROUPED, _sentence),
    ("MistralBackbone", {**_GROUPED, "sliding_window": 4}, _sentence),
    ("GemmaBackbone", {**_GROUPED, "head_dim": 8}, _sentence),
    ("FalconBackbone", _FALCON, _sentence),
    ("T5Backbone", _SMALL, _translation),
    ("BartBackbone", _SHORT, _translation),
    ("ViTBackbone", _VIT, _image(16)),
)
APPLICATIONS: tuple[tuple[str, dict[str, Any], int], ...] = (
    ("MobileNet", {"alpha": 0.25}, _IMAGE),
    ("MobileNetV2", {"alpha": 0.35}, _IMAGE),
    ("MobileNetV3Small", {}, _IMAGE),
    ("MobileNetV3Large", {}, _IMAGE),
    ("ResNet50", {}, _IMAGE),
    ("ResNet50V2", {}, _IMAGE),
    ("ResNet101", {}, _IMAGE),
    ("DenseNet121", {}, _IMAGE),
    ("EfficientNetB0", {}, _IMAGE),
    ("EfficientNetV2B0", {}, _IMAGE),
    ("NASNetMobile", {}, _IMAGE),
    ("Xception", {}, 71),
    ("InceptionV3", {}, 75),
    ("VGG16", {}, _IMAGE),
    ("VGG19", {}, _IMAGE),
    ("ConvNeXtTiny", {}, _IMAGE),
)


_QUICK = ("MobileNet", "MobileNetV2", "MobileNetV3Small", "VGG16")


def cases() -> Iterator[Case]:
    """All of them."""
    for name, settings, inputs in HUB:
        yield Case("keras_hub.models", name, settings, inputs)
    for name, settings, size in APPLICATIONS:
        shape = (size, size, 3)
        picked = {"weights": None, "include_top": False, "pooling": "avg", "input_shape": shape}
        inputs = _image(size)
        yield Case("keras.applications", name, settings | picked, inputs, name not in _QUICK)
