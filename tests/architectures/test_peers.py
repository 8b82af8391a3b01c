"""Models of diffusers, adapters of peft, and other people's training loops."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
import torch
from architectures.decoders import DECODERS
from architectures.encoders import ENCODERS
from architectures.twin import Run, differences, disagreements, left, observed, plain
from torch import nn

import whygrad
from whygrad.model.finding import Severity

BY_NAME = {a.name: a for a in (*ENCODERS, *DECODERS)}
Made = tuple[Any, dict[str, Any], torch.optim.Optimizer]

pytestmark = pytest.mark.filterwarnings("ignore")


def seeded() -> None:
    for seed in (random.seed, numpy.random.seed, torch.manual_seed):
        seed(0)


def agree(make: Callable[[], Made]) -> whygrad.Report:
    """Train twice and compare everything; nothing worse than a note is to be found."""
    plainly = plain(make)
    watched, report = observed(make)
    assert not differences(plainly, watched)
    assert not disagreements(plainly, report)
    assert not [f for f in report.findings if f.severity is not Severity.NOTE], report
    return report


@pytest.mark.parametrize(
    ("name", "targets"),
    [
        ("BertForSequenceClassification", ["query", "value"]),
        ("LlamaForCausalLM", ["q_proj", "v_proj", "down_proj"]),
        ("GPT2LMHeadModel", ["c_attn"]),
    ],
)
@pytest.mark.parametrize("extra", [{}, {"use_dora": True}], ids=["lora", "dora"])
def test_adapters(name: str, targets: list[str], extra: dict[str, Any]) -> None:
    peft = pytest.importorskip("peft")

    def make() -> Made:
        seeded()
        base = BY_NAME[name].build()
        saved = ["classifier"] if "Classification" in name else None
        config = peft.LoraConfig(r=4, target_modules=targets, modules_to_save=saved, **extra)
        model = peft.get_peft_model(base, config).train()
        return model, BY_NAME[name].inputs(), torch.optim.AdamW(model.parameters(), lr=1e-2)

    report = agree(make)
    trained = {v.name for v in report.variables if v.status.value == "trains"}
    assert any("lora_A" in name for name in trained)
    assert any("lora_B" in name for name in trained)


def _unet() -> tuple[Any, dict[str, Any]]:
    from diffusers import UNet2DModel

    model = UNet2DModel(
        sample_size=8,
        in_channels=3,
        out_channels=3,
        layers_per_block=1,
        block_out_channels=(8, 16),
        norm_num_groups=4,
        down_block_types=("DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=4,
    )
    return model, {"sample": torch.randn(2, 3, 8, 8), "timestep": torch.tensor([3, 7])}


def _conditioned() -> tuple[Any, dict[str, Any]]:
    from diffusers import UNet2DConditionModel

    model = UNet2DConditionModel(
        sample_size=8,
        layers_per_block=1,
        block_out_channels=(8, 16),
        norm_num_groups=4,
        cross_attention_dim=12,
        attention_head_dim=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
    )
    inputs = {"sample": torch.randn(2, 4, 8, 8), "timestep": torch.tensor([3, 7])}
    return model, inputs | {"encoder_hidden_states": torch.randn(2, 5, 12)}


def _autoencoder() -> tuple[Any, dict[str, Any]]:
    from diffusers import AutoencoderKL

    model = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",),
        up_block_types=("UpDecoderBlock2D",),
        block_out_channels=(8,),
        norm_num_groups=4,
        latent_channels=2,
    )
    return model, {"sample": torch.randn(2, 3, 8, 8)}


def _transformer() -> tuple[Any, dict[str, Any]]:
    from diffusers import DiTTransformer2DModel

    model = DiTTransformer2DModel(
        num_attention_heads=2,
        attention_head_dim=8,
        in_channels=2,
        out_channels=2,
        num_layers=2,
        sample_size=8,
        norm_num_groups=2,
        num_embeds_ada_norm=10,
    )
    inputs = {"hidden_states": torch.randn(2, 2, 8, 8), "timestep": torch.tensor([3, 7])}
    return model, inputs | {"class_labels": torch.tensor([1, 2])}


@pytest.mark.parametrize("build", [_unet, _conditioned, _autoencoder, _transformer])
def test_diffusers(build: Callable[[], tuple[Any, dict[str, Any]]]) -> None:
    pytest.importorskip("diffusers")

    def make() -> Made:
        seeded()
        model, inputs = build()
        model.train()
        return model, inputs, torch.optim.AdamW(model.parameters(), lr=1e-3)

    agree(make)


class Wrapper(nn.Module):
    """A person's head on a library's encoder, whose pooler they do not use."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.encoder = getattr(BY_NAME[name].build(), BY_NAME[name].build().base_model_prefix)
        self.head = nn.Linear(32, 2)

    def forward(self, input_ids: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        hidden = self.encoder(input_ids=input_ids).last_hidden_state
        loss = nn.functional.cross_entropy(self.head(hidden.mean(1)), labels)
        return {"loss": loss}


@pytest.mark.parametrize("name", ["BigBirdForMaskedLM", "BertForSequenceClassification"])
def test_an_unused_pooler_is_a_note(name: str) -> None:
    def make() -> Made:
        seeded()
        model = Wrapper(name)
        inputs = BY_NAME["BertForSequenceClassification"].inputs()
        return model, inputs, torch.optim.AdamW(model.parameters(), lr=1e-3)

    report = agree(make)
    unused = [f for f in report.findings if f.cause == "unused"]
    assert len(unused) == 1
    assert all("pooler" in name for name in unused[0].variables)


def _lightning(_: Path) -> nn.Module:
    lightning = pytest.importorskip("lightning")

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.net = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 2))

        def training_step(self, batch: Any, index: int) -> torch.Tensor:
            loss = nn.functional.cross_entropy(self.net(batch[0]), batch[1])
            self.log("loss", loss)
            return loss

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), lr=1e-2)

    model = Module()
    quiet = ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary")
    trainer = lightning.Trainer(
        max_steps=6, accelerator="cpu", **dict.fromkeys(quiet, False), gradient_clip_val=1.0
    )
    trainer.fit(model, torch.utils.data.DataLoader(_data(), batch_size=4))
    return model


def _transformers(folder: Path) -> nn.Module:
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("accelerate")
    model = BY_NAME["BertForSequenceClassification"].build()
    items = [{"input_ids": torch.randint(5, 48, (8,)), "labels": i % 2} for i in range(24)]
    arguments = transformers.TrainingArguments(
        output_dir=str(folder),
        max_steps=6,
        per_device_train_batch_size=2,
        gradient_accumulation_steps=2,
        use_cpu=True,
        report_to=[],
        save_strategy="no",
        disable_tqdm=True,
    )
    transformers.Trainer(model=model, args=arguments, train_dataset=items).train()
    return model


def _data() -> torch.utils.data.TensorDataset:
    return torch.utils.data.TensorDataset(torch.randn(24, 6), torch.randint(0, 2, (24,)))


@pytest.mark.parametrize("fit", [_lightning, _transformers])
def test_trainers(fit: Callable[[Path], nn.Module], tmp_path: Path) -> None:
    seeded()
    plainly: Run = left(fit(tmp_path), [])
    seeded()
    with whygrad.watch(steps=3) as watch:
        watched = left(fit(tmp_path), [])
    assert not differences(plainly, watched)
    report = watch.report
    assert report.steps >= 3  # more where a wrapper around the optimizer counts as another
    assert not [f for f in report.findings if f.severity is not Severity.NOTE], report
    assert report.variables
    assert {v.status.value for v in report.variables if v.registered} == {"trains"}
