"""Models that libraries make and that are not read: all that is known is that they are models."""

from __future__ import annotations

from typing import Final

from whygrad.source.dataflow.values import Root, Value

OPAQUE: Final = "opaque"
"""The kind of root that stands for all that such a model has."""
_MAKERS: Final = frozenset({"torch.hub.load", "timm.create_model", "timm.models.create_model"})
_PACKAGES: Final = (
    "torchvision.models.", "pretrainedmodels.", "segmentation_models_pytorch.",
    "efficientnet_pytorch.", "open_clip.create_model",
)  # fmt: skip
_LOADERS: Final = (".from_pretrained", ".from_config", ".from_name")
_HUB: Final = ("transformers.", "diffusers.", "efficientnet_pytorch.", "huggingface_hub.")
_HEADS: Final = frozenset({
    "fc", "classifier", "head", "heads", "lm_head", "score", "last_linear", "_fc", "qa_outputs",
    "pooler", "logit", "fc2", "segmentation_head", "AuxLogits", "conv1", "patch_embed",
})  # fmt: skip
"""Attributes of such models that people put something of their own in the place of."""


def gives_model(name: str) -> bool:
    """Whether a function or class of a library, by its name, makes a model."""
    if name in _MAKERS or name.startswith(_PACKAGES):
        return True
    return name.endswith(_LOADERS) and name.startswith(_HUB) and "Tokenizer" not in name


def opaque(holder: Value) -> list[Root]:
    """The one such model that a value is a part of."""
    found = {f.root for f in holder.flows if f.root.kind == OPAQUE and f.cut is None}
    return [*found] if len(found) == 1 else []


def has_there(attribute: str, model: str, text: str) -> bool:
    """Whether the model had something under that name before: it is the usual one, or was asked
    what it is: `model.out = nn.Linear(model.out.in_features, 10)`.
    """
    return attribute in _HEADS or f"{model}.{attribute}." in text
