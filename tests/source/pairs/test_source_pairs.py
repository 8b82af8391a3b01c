"""Pairs that nobody runs: `check` must tell the broken program exactly, and the mended one not at
all. Most are pieces of programs, as one checks them: a class, a trainer, a folder of both.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from tests.diagnosis.test_in_source import NOT_SEEN
from tests.pairs.pair_format import Pair, mended, pairs
from whygrad.diagnosis.in_source import findings_in
from whygrad.model.finding import Finding
from whygrad.source.edits import apply
from whygrad.source.project.project import project_of

PROGRAMS = Path(__file__).parent / "programs"
PAIRS = [*pairs(PROGRAMS)]
_NOBODY: Final = "-"
"""In a mark: nothing that has a name is concerned."""
_COMMENT: Final = re.compile(r"\s*# fix[:+]|\s*# no proof:")
SPANS: Final = {
    "detached": r"stop_gradient\(.*\)$|\.detach\(\)$|\.detach_\(\)$|\.data$",
    "grad-disabled": r"^(torch\.)?(no_grad|inference_mode|set_grad_enabled)\(.*\)$",
    "left-framework": r"^(float|np\.\w+)\(.*\)$|\.(item|tolist|numpy)\(\)$",
    "rewrapped": r"^(torch\.tensor|nn\.Parameter|(tf\.)?Variable)\(.*\)$",
    "non-differentiable-op": r"\)$| > [\d.]+$",
    "unused": r"^self\.|\)$|^h \* self.scale$",
    "unregistered-tensor": r"^self\.\w+ = .*\)$|^setattr\(.*\)$|^self\.\w+ = \w+$",
    "unregistered-container": r"^self\.\w+ = .*[)\]]$",
    "non-leaf-parameter": r"^self\.\w+ = .*\w\(|^self\.\w+ = self\.\w+ \* ",
    "integer-dtype": r"^self\.\w+ = .*\)$",
    "created-in-forward": r"^(nn|torch|nnx|eqx\.nn|layers|keras|tf|tf\.keras\.layers)\.\w+\(.*\)$"
    r"|^self\.add_weight\(.*\)$|^ConvBlock\(.*\)$",
    "replaced-variable": r"^[\w.]+$|^self\.\w+ \*?= ",
    "buffer-not-parameter": r"^self\.register_buffer\(.*\)$|^self\.\w+ = .*\)$",
    "frozen": r"^[\w.]+ = (True|False)$",
    "step-missing": r"^[\w.]+\.(backward|zero_grad|step)\(\)$"
    r"|^[\w.]+(gradient|apply_updates|apply_gradients|step)\(.*\)$|^step\(.*\)$"
    r"|_grad\(\w+\)\(.*\)$",
    "custom-gradient": r"^\w+\(.*\)$",
    "grads-not-cleared": r"^[\w.]+\.step\(\)$",
    "zero-learning-rate": r"^[\w.]+\(.*\)$",
    "stale-optimizer": r"^[\w.]+$|(clone_model|copy\.deepcopy)\(\w+\)$",
    "not-in-optimizer": r"^torch\.optim\.\w+\(.*\)$|^nnx\.grad\(\w+\)\(.*\)$"
    r"|^\w+\.apply_gradients\(.*\)$",
}
"""What the span of a finding holds, by cause: the expression itself and no more."""
MENDED_OTHERWISE: Final = {
    "created-in-forward/keras_head_per_call": "the twin calls it a head",
    "created-in-forward/tf_bias_each_time": "the twin has no local name for it",
    "grad-disabled/evaluation_copied": "the twin keeps the block",
}
"""Pairs whose offered edit is another mend than the twin's."""


def check(texts: dict[str, str]) -> tuple[Finding, ...]:
    return findings_in(project_of({f"/p/{path}": text for path, text in texts.items()}))


def texts_of(pair: Pair) -> dict[str, str]:
    return {file: (pair.folder / file).read_text() for file in pair.files}


def bare(text: str) -> str:
    """The broken program without the marks and comments of the pair."""
    lines = (line for line in text.splitlines() if not _COMMENT.match(line))
    return "\n".join(re.sub(r"\s*# <- .*$", "", line) for line in lines) + "\n"


def edited(pair: Pair) -> dict[str, str]:
    """The broken program after the edits that are offered; empty where there are none."""
    texts = {f"/p/{file}": bare(text) for file, text in texts_of(pair).items()}
    edits = [e for f in findings_in(project_of(texts)) for e in (f.fix.edits if f.fix else ())]
    own = {path: tuple(dict.fromkeys(e for e in edits if e.path == path)) for path in texts}
    return {path[3:]: apply(text, own[path]) for path, text in texts.items()} if edits else {}


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.id)
def test_pair(pair: Pair) -> None:
    texts = texts_of(pair)
    found = {
        (f.severity.value, f.cause, f.location.path, f.location.line, f.variables)
        for f in check(texts)
        if f.location is not None
    }
    assert found == {
        (m.severity, m.cause, f"/p/{m.path}", m.line, tuple(n for n in m.names if n != _NOBODY))
        for m in pair.marks
    }
    assert check({file: mended(text) for file, text in texts.items()}) == ()


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.id)
def test_span(pair: Pair) -> None:
    for finding in check(texts_of(pair)):
        assert finding.location is not None and finding.location.source is not None
        source = finding.location.source
        assert re.search(SPANS[finding.cause], source, re.DOTALL), source


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.id)
def test_offered_edits_are_the_mend(pair: Pair) -> None:
    """Where there is an edit, the edited program is the mended one, to the letter."""
    if pair.id in MENDED_OTHERWISE:
        return
    for path, text in edited(pair).items():
        assert text == mended((pair.folder / path).read_text())


def test_every_cause_is_seen_in_six_ways() -> None:
    """Together with the pairs that are run, of which the source shows most. (Of a gradient of one's
    own only what TensorFlow and JAX are given is read: `test_tensorflow_pairs.py` counts those.)
    """
    run = [pair for pair in pairs() if pair.id not in NOT_SEEN]
    seen = Counter(pair.cause for pair in [*PAIRS, *run])
    causes = SPANS.keys() - {"custom-gradient", "integer-dtype"}
    assert {cause: seen[cause] for cause in causes if seen[cause] < 6} == {}
