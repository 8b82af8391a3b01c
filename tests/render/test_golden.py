"""Every format over the same reports. WHYGRAD_UPDATE_GOLDEN=1 rewrites what is expected."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.render.reports import ALL, FILES
from whygrad.render import FORMATS, render

GOLDEN = Path(__file__).parent / "golden"
FORMS = {
    "terminal.txt": ("terminal", False, 80, False),
    "terminal-narrow.txt": ("terminal", False, 50, False),
    "terminal-color.txt": ("terminal", True, 100, False),
    "terminal-all.txt": ("terminal", False, 120, True),
    "json": ("json", False, 80, False),
    "sarif": ("sarif", False, 80, False),
    "github.txt": ("github", False, 80, False),
    "md": ("markdown", False, 80, True),
}


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path, text in FILES.items():
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_text(text, encoding="utf-8")


@pytest.mark.usefixtures("sources")
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ALL)
def test_golden(name: str, form: str) -> None:
    format, color, width, full = FORMS[form]
    text = render(ALL[name], format, color=color, width=width, full=full)
    golden = GOLDEN / f"{name}.{form}"
    if os.environ.get("WHYGRAD_UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8", newline="\n")
    assert text == golden.read_text(encoding="utf-8")


def test_every_format_has_golden_reports() -> None:
    assert {format for format, *_ in FORMS.values()} == set(FORMATS)
    assert {path.name for path in GOLDEN.iterdir()} == {f"{n}.{f}" for n in ALL for f in FORMS}
