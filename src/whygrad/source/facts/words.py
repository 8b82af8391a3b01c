"""Signs that the bare text of a file shows: quick, and never too much work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

TRAINS: Final = "trains"
"""It differentiates something, or builds an optimizer."""
CUTS: Final = "cuts"
"""A model's method seems to cut the gradient of something that is its own."""
TAPES: Final = "tapes"
"""It uses a tape of TensorFlow."""
FLAGS: Final = "flags"
"""A flag is written that PyTorch does not know."""
ELSEWHERE: Final = "elsewhere"
"""A class, in a file that imports TensorFlow, Keras, Flax or Equinox."""
_IMPORTS: Final = re.compile(
    r"^[ \t]*(?:import|from)[ \t]+(?:tensorflow|keras|tf_keras|flax|equinox|sonnet)\b", re.MULTILINE
)
_TRAINS: Final = (
    ".backward(", "torch.optim", "import optim", "configure_optimizers", "optimizer.step(",
)  # fmt: skip
_CUTS: Final = (
    ".detach()", ".detach_()", ".item()", ".tolist()", ".numpy()", ".data ", ".data)", ".data\n",
    "float(self.", "torch.tensor(self.", "Parameter(self.", "Variable(self.",
)  # fmt: skip
_LEAVES: Final = re.compile(
    r"(\w+)(?:\[[^]\n]*\])?(?:\.(?:detach\(\)|cpu\(\)|data))*\.(?:numpy|tolist)\(\)"
    r"|Variable\((\w+)(?:\[[^]\n]*\])?\.data[,)]"
)
"""A name whose value goes out of PyTorch, or into a new leaf."""
ASKING_BUFFER: Final = re.compile(r"register_buffer\([^\n]*requires_grad=True")
"""A buffer that asks for a gradient."""
_METHODS: Final = ("def forward(", "def training_step(")
_MISSPELLED_ELSEWHERE: Final = (
    ".trainabel", ".trainble", ".traineable", ".trainabe ", ".trianable", ".trainalbe",
    ".tranable", ".trainabl ",
)  # fmt: skip
_FRAMEWORKS: Final = ("tensorflow", "keras", "jax", "flax", "equinox", "sonnet")
_TRAINS_ELSEWHERE: Final = (
    "GradientTape(", ".apply_gradients(", ".fit(", ".train_on_batch(", "value_and_grad",
    "jax.grad(", "optax.", ".minimize(",
)  # fmt: skip
_CALLS: Final = ("def call(", "def __call__(")
_CUTS_ELSEWHERE: Final = ("stop_gradient(", "argmax(", "numpy_function(", ".round(", ".sign(")
"""Written before what they cut."""
_MISSPELLED: Final = (
    ".require_grad ", ".require_grads ", ".requires_grads ", ".required_grad ",
    ".requires_gradient ", ".require_gradient ", ".requiresgrad ", ".require_grad=",
    ".requires_grads=",
)  # fmt: skip


def signs_in(text: str) -> frozenset[str]:
    """The signs that a text shows."""
    found = []
    if any(_stands_in(text, word) for word in _TRAINS):
        found.append(TRAINS)
    if any(word in text for word in _FRAMEWORKS):
        if TRAINS not in found and any(_stands_in(text, w) for w in _TRAINS_ELSEWHERE):
            found.append(TRAINS)
        if "class " in text and _IMPORTS.search(text):
            found.append(ELSEWHERE)
        if any(word in text for word in _MISSPELLED_ELSEWHERE):
            found.append(FLAGS)
        if "GradientTape(" in text:
            found.append(TAPES)
        if any(word in text for word in _CALLS) and cuts_elsewhere(text):
            found.append(CUTS)
    if (
        CUTS not in found
        and "nn." in text
        and any(word in text for word in _METHODS)
        and (cuts_own(text) or ("register_buffer(" in text and ASKING_BUFFER.search(text)))
    ):
        found.append(CUTS)
    if "grad" in text and any(word in text for word in _MISSPELLED):
        found.append(FLAGS)
    return frozenset(found)


def _stands_in(text: str, word: str) -> bool:
    """Whether a word stands in code: an example in a docstring, `>>> loss.backward()`, is none."""
    place = text.find(word)
    while place >= 0:
        line = text[text.rfind("\n", 0, place) + 1 : place].lstrip()
        if not line.startswith((">>>", "... ", "#")):
            return True
        place = text.find(word, place + 1)
    return False


def cuts_own(text: str) -> bool:
    """Whether a cut stands on a line with something of the object, or gives a name its own value
    without its gradient.
    """
    return any(
        "self." in line.replace("self.config.", "") or _itself(line) for line in _cut_lines(text)
    ) or _leaves_by_name(text)


def _leaves_by_name(text: str) -> bool:
    """Whether what a layer of the object has made goes out of PyTorch under a local name."""
    lines = {line for word in (".numpy()", ".tolist()", "Variable(") for line in _lines(text, word)}
    names = {one or other for line in lines for one, other in _LEAVES.findall(line)}
    return any(re.search(rf"\b{name}\b[\w, ]*= self\.\w+\(", text) for name in names)


def _lines(text: str, word: str) -> Iterator[str]:
    """The lines that hold a word. To search all of the text takes three times as long."""
    at = text.find(word)
    while at >= 0:
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        yield text[text.rfind("\n", 0, at) + 1 : end]
        at = text.find(word, end)


def cuts_elsewhere(text: str) -> bool:
    """The same of what TensorFlow, Keras and JAX cut with."""
    return any(_cuts_after(text, word) for word in _CUTS_ELSEWHERE)


def _cuts_after(text: str, word: str) -> bool:
    """Whether a function is called on something of the object, or gives a name its own value."""
    place = text.find(word)
    while place >= 0:
        end = text.find("\n", place)
        begin = text.rfind("\n", 0, place) + 1
        rest = text[place + len(word) : end if end >= 0 else len(text)]
        name, equals, _ = text[begin:place].partition(" = ")
        if "self." in rest or (equals and rest.startswith(name.strip())):
            return True
        place = text.find(word, place + 1)
    return False


def _cut_lines(text: str) -> Iterator[str]:
    """The beginnings of the lines in which such a word stands, up to it."""
    for word in _CUTS:
        place = text.find(word)
        while place >= 0:
            yield text[text.rfind("\n", 0, place) + 1 : place + len(word)]
            place = text.find(word, place + 1)


def _itself(line: str) -> bool:
    """`z = z.detach()`, `z.detach_()`."""
    name, _, value = line.partition(" = ")
    return line.endswith(".detach_()") or value.startswith(f"{name.strip()}.detach()")
