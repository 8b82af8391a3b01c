"""What names mean over several files, and what classes inherit."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

import pytest

from whygrad.source.classes.bases import lineage
from whygrad.source.classes.known import Base, canonical
from whygrad.source.classes.resolve import Sort, resolve
from whygrad.source.project.project import Project, project_of


def project(files: Mapping[str, str]) -> Project:
    return project_of({f"/p/{path}": dedent(text) for path, text in files.items()})


def means(files: Mapping[str, str], path: str, name: str) -> list[str] | None:
    found = resolve(project(files), f"/p/{path}", name)
    return None if found is None else sorted(s.name for s in found)


@pytest.mark.parametrize(
    ("imports", "name"),
    [
        ("import torch", "torch.nn.Linear"),
        ("import torch.nn", "torch.nn.Linear"),
        ("import torch.nn as nn", "nn.Linear"),
        ("from torch import nn", "nn.Linear"),
        ("from torch import nn as n", "n.Linear"),
        ("from torch.nn import Linear as L", "L"),
        ("from torch.nn import *", "Linear"),
        ("from torch.nn.modules.linear import Linear", "Linear"),
        ("import torch\nnn = torch.nn\nL = nn.Linear", "L"),
        ("import torch\nnn = torch.nn", "nn.modules.Linear"),
    ],
)
def test_a_name_of_the_framework(imports: str, name: str) -> None:
    assert means({"a.py": imports}, "a.py", name) == ["torch.nn.Linear"]


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("lightning.pytorch.LightningModule", "lightning.LightningModule"),
        ("pytorch_lightning.core.LightningModule", "lightning.LightningModule"),
        ("torch.nn.parameter.Parameter", "torch.nn.Parameter"),
        ("tensorflow.keras.layers.Layer", "keras.Layer"),
        ("keras.src.models.model.Model", "keras.Model"),
        ("flax.linen.module.Module", "flax.linen.Module"),
        ("haiku._src.module.Module", "haiku.Module"),
        ("mine.Linear", "mine.Linear"),
    ],
)
def test_one_name_for_each_thing(name: str, short: str) -> None:
    assert canonical(name) == short


PACKAGE = {
    "pkg/__init__.py": "from .layers import *\nfrom .util import helper as h",
    "pkg/layers/__init__.py": "from .conv import ConvBlock\nfrom ._hidden import *",
    "pkg/layers/conv.py": "import torch.nn as nn\nclass ConvBlock(nn.Module): pass",
    "pkg/layers/_hidden.py": "__all__ = ['Secret']\nfrom .conv import ConvBlock as Secret\nOther = 1",
    "pkg/util.py": "def helper(): pass",
    "train.py": "import pkg\nfrom pkg import ConvBlock as B, Secret, h\nfrom pkg import layers",
    "src/inner/__init__.py": "class Net: pass",
    "tests/test_net.py": "from inner import Net\nimport nothing.at.all as n",
}


@pytest.mark.parametrize(
    ("path", "name", "expected"),
    [
        ("train.py", "B", "pkg.layers.conv.ConvBlock"),
        ("train.py", "Secret", "pkg.layers.conv.ConvBlock"),
        ("train.py", "h", "pkg.util.helper"),
        ("train.py", "layers.conv.ConvBlock", "pkg.layers.conv.ConvBlock"),
        ("train.py", "pkg.layers.ConvBlock", "pkg.layers.conv.ConvBlock"),
        ("train.py", "pkg.layers.Other", None),
        ("train.py", "undefined", None),
        ("train.py", "print", "builtins.print"),
        ("tests/test_net.py", "Net", "inner.Net"),
        ("tests/test_net.py", "n.Thing", "nothing.at.all.Thing"),
    ],
)
def test_a_name_of_the_project(path: str, name: str, expected: str | None) -> None:
    assert means(PACKAGE, path, name) == (None if expected is None else [expected])


def test_a_name_with_several_meanings() -> None:
    files = {
        "a.py": """\
            try:
                from fast import Norm
            except ImportError:
                from torch.nn import LayerNorm as Norm
            if True:
                from torch.nn import Linear
            else:
                Linear = None
            Block = make()
            """
    }
    assert means(files, "a.py", "Norm") == ["fast.Norm", "torch.nn.LayerNorm"]
    assert means(files, "a.py", "Linear") == ["torch.nn.Linear"]
    assert means(files, "a.py", "Block") is None


def test_imports_in_a_circle_end() -> None:
    files = {"a.py": "from b import X", "b.py": "from a import X", "c.py": "X = X\nY = Z\nZ = Y"}
    assert means(files, "a.py", "X") is None
    assert means(files, "c.py", "X") is None and means(files, "c.py", "Y") is None


@pytest.mark.parametrize(
    ("source", "name", "base", "expected"),
    [
        ("from torch import nn\nclass A(nn.Module): pass", "A", Base.TORCH, True),
        ("from torch import nn\nclass B(nn.Module): pass\nclass A(B): pass", "A", Base.TORCH, True),
        ("from torch import nn\nclass A(nn.Linear): pass", "A", Base.TORCH, True),
        ("from torch import nn\nclass A(nn.Module, X): pass", "A", Base.TORCH, True),
        ("class A(X): pass", "A", Base.TORCH, None),
        ("from x import X\nclass A(X): pass", "A", Base.TORCH, None),
        ("class A(make()): pass", "A", Base.TORCH, None),
        ("class A: pass", "A", Base.TORCH, False),
        ("class A(dict): pass", "A", Base.TORCH, False),
        ("class A(A): pass", "A", Base.TORCH, None),
        ("class A(B): pass\nclass B(A): pass", "A", Base.TORCH, None),
        ("import lightning.pytorch as pl\nclass A(pl.LightningModule): pass", "A", Base.TORCH, True),
        ("from transformers import PreTrainedModel as P\nclass A(P): pass", "A", Base.TORCH, True),
        ("import transformers as t\nclass A(t.BertForMaskedLM): pass", "A", Base.TORCH, True),
        ("from transformers import GPT2PreTrainedModel as P\nclass A(P): pass", "A", Base.TORCH, True),
        (
            "from transformers.models.llama.modeling_llama import LlamaModel\nclass A(LlamaModel): pass",
            "A", Base.TORCH, True,
        ),
        ("import keras\nclass A(keras.layers.Layer): pass", "A", Base.KERAS, True),
        ("from tensorflow import keras\nclass A(keras.Model): pass", "A", Base.KERAS, True),
        ("import tensorflow as tf\nclass A(tf.Module): pass", "A", Base.TENSORFLOW, True),
        ("import flax.linen as nn\nclass A(nn.Module): pass", "A", Base.LINEN, True),
        ("from flax import nnx\nclass A(nnx.Module): pass", "A", Base.NNX, True),
        ("import equinox as eqx\nclass A(eqx.Module): pass", "A", Base.EQUINOX, True),
        ("import haiku as hk\nclass A(hk.Module): pass", "A", Base.HAIKU, True),
        ("from torch import nn\nclass A(nn.Module): pass", "A", Base.KERAS, False),
        ("from torch import nn\nclass O:\n class B(nn.Module): pass\n class A(B): pass", "O.A", Base.TORCH, True),
    ],
)  # fmt: skip
def test_what_a_class_is(source: str, name: str, base: Base, expected: bool | None) -> None:
    found = lineage(project({"a.py": source}), "/p/a.py", name)
    assert found is not None and found.is_a(base) is expected


def test_a_base_in_another_file() -> None:
    files = {
        "base.py": "from torch import nn\nclass Mixin: pass\nclass Base(nn.Module): pass",
        "net.py": "import base\nfrom base import Mixin\nclass Net(Mixin, base.Base): pass",
    }
    found = lineage(project(files), "/p/net.py", "Net")
    assert found is not None and found.complete and found.is_a(Base.TORCH)
    assert [k.facts.qualname for k in found.classes] == ["Net", "Mixin", "Base"]


def test_of_a_diamond_the_common_base_comes_last() -> None:
    source = "class A: pass\nclass B(A): pass\nclass C(A): pass\nclass D(B, C): pass"
    found = lineage(project({"a.py": source}), "/p/a.py", "D")
    assert found is not None
    assert [k.facts.qualname for k in found.classes] == ["D", "B", "C", "A"]


def test_a_base_in_an_installed_package_is_read_not_imported(tmp_path) -> None:  # type: ignore[no-untyped-def]
    package = tmp_path / "site-packages" / "theirs"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from .net import Net\nraise SystemExit('imported')")
    (package / "net.py").write_text("from torch import nn\nclass Net(nn.Module): pass")
    mine = project_of(
        {"/p/a.py": "import theirs\nclass A(theirs.Net): pass"},
        installed=(str(tmp_path / "site-packages"),),
    )
    found = lineage(mine, "/p/a.py", "A")
    assert found is not None and found.is_a(Base.TORCH) is True
    symbols = resolve(mine, "/p/a.py", "theirs.Net")
    assert symbols is not None and symbols[0].sort is Sort.CLASS
