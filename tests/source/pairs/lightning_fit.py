"""A module of Lightning, trained for three steps by the trainer it belongs to."""

from __future__ import annotations

import logging
import warnings
from typing import Any

import lightning
import pytorch_lightning
from torch.utils.data import DataLoader


def fit(model: Any, batch: tuple[Any, ...]) -> None:
    home = pytorch_lightning if isinstance(model, pytorch_lightning.LightningModule) else lightning
    logging.getLogger("lightning").setLevel(logging.ERROR)
    trainer = home.Trainer(
        max_steps=3,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer.fit(model, DataLoader([batch] * 3, batch_size=None))
