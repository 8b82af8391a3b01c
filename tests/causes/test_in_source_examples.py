"""The examples of Keras, TensorFlow and JAX on the causes' pages: `check` tells of them, and of
their mended twins it does not.
"""

from __future__ import annotations

import pytest

from tests.causes.examples import marked, mended
from whygrad.causes.catalogue import page, rules
from whygrad.causes.page import Example
from whygrad.diagnosis.in_source import findings_in
from whygrad.source.project.project import project_of

EXAMPLES = [
    pytest.param(rule.id, example, id=f"{rule.id} {example.framework}")
    for rule in rules()
    for example in page(rule.id).examples
    if rule.in_source is not None and example.framework != "torch"
]


@pytest.mark.parametrize(("cause", "example"), EXAMPLES)
def test_found_at_the_marked_line_and_silent_once_mended(cause: str, example: Example) -> None:
    line, _ = marked(example.code)
    found = findings_in(project_of({"/p/net.py": example.code}))
    assert [(f.cause, f.location.line) for f in found if f.location] == [(cause, line)]
    assert findings_in(project_of({"/p/net.py": mended(example)})) == ()


def test_there_are_some() -> None:
    assert len(EXAMPLES) >= 7
