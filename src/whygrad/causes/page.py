"""A cause's page: a title, the advice as a quote, the explanation, and an example a framework."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_BLOCK: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SECTION: Final = re.compile(r"^## (.+)$", re.MULTILINE)

FRAMEWORKS: Final = {"PyTorch": "torch", "TensorFlow": "tensorflow", "Keras": "keras", "JAX": "jax"}
"""The headings under which examples stand."""


class PageError(ValueError):
    """A page that does not have the form that the catalogue promises."""


@dataclass(frozen=True, slots=True)
class Example:
    """Code with the bug, and the change that mends it."""

    framework: str
    code: str
    mend: str


@dataclass(frozen=True, slots=True)
class Page:
    """What a person reads about a cause."""

    title: str
    advice: str
    explanation: str
    """Everything below the advice, in Markdown."""
    examples: tuple[Example, ...]
    meant: str | None
    """How to say that it is meant so, where it can be."""


def parse(text: str) -> Page:
    """Read a page. Raises PageError with the reason where a part is missing."""
    title, _, rest = text.lstrip().partition("\n")
    if not title.startswith("# "):
        raise PageError("the first line is not the title (`# ...`)")
    quote, _, body = rest.lstrip().partition("\n\n")
    lines = quote.splitlines()
    if not lines or not all(line.startswith(">") for line in lines):
        raise PageError("below the title there is no advice (`> ...`)")
    advice = " ".join(line.removeprefix(">").strip() for line in lines)
    sections = _sections(body)
    examples = tuple(
        _example(FRAMEWORKS[name], content)
        for name, content in sections.items()
        if name in FRAMEWORKS
    )
    return Page(title[2:].strip(), advice, body.strip(), examples, sections.get("Meant so?"))


def _sections(body: str) -> dict[str, str]:
    parts = _SECTION.split(body)
    return {name.strip(): text.strip() for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def _example(framework: str, text: str) -> Example:
    blocks = dict(_BLOCK.findall(text))
    if "python" not in blocks or "diff" not in blocks:
        raise PageError(f"the example for {framework} lacks its `python` or its `diff` block")
    return Example(framework, blocks["python"], blocks["diff"])
