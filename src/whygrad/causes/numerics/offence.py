"""What about its operands made an op give nan or inf, and what to write instead. One row a kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from whygrad.causes.numerics.sick import Sick
from whygrad.causes.words import number
from whygrad.flow.graph import Op
from whygrad.flow.kinds import Kind
from whygrad.flow.probe import Bad, Numbers


@dataclass(frozen=True, slots=True)
class Offence:
    """`said` ends the headline; `guard` is a template for the operand (see `source/guarding`)."""

    said: str
    why: str
    advice: str
    guard: str | None = None
    position: int = 0
    too_large: bool = False
    """It is the size of the numbers that was too much, not a place they must not touch."""
    wider: bool = False
    """A wider type would hold what the op makes."""


def offence(sick: Sick) -> Offence:
    """The most that can be said of the op."""
    bad, op = sick.bad, sick.op
    assert bad is not None
    assert op is not None
    tell = _TELLERS.get(op.kind)
    found = tell(sick, bad, op) if tell is not None else None
    return found or _empty(sick, op) or _overflow(sick, bad, op) or _unknown(bad, op)


def share(numbers: Numbers, count: int) -> str:
    """`3 of 64 entries`."""
    return f"{count} of {numbers.count} entries"


def _log(sick: Sick, bad: Bad, op: Op) -> Offence | None:
    for _, numbers in sick.operands[:1]:
        edge = -1.0 if op.name.endswith("log1p") else 0.0
        if numbers.low < edge:
            return Offence(
                f"`{op.name}` was given numbers down to {number(numbers.low)}",
                f"there is no logarithm of a number below {number(edge)}",
                "keep its argument above 0, or take the logarithm of something that is positive by"
                " its making (`softplus`, `exp`)",
                "{}.clamp_min(1e-8)",
            )
        if numbers.zeros and not edge:
            return Offence(
                f"{share(numbers, numbers.zeros)} of what `{op.name}` was given are 0",
                f"log(0) is -inf, and its slope there is infinite{_samples(bad)}",
                "keep its argument above 0: `.clamp_min(1e-8)`; for probabilities"
                " `log_softmax(scores)` in place of the logarithm of a softmax",
                "{}.clamp_min(1e-8)",
            )
    return None


def _root(sick: Sick, bad: Bad, op: Op) -> Offence | None:
    if op.name.lstrip("_") in ("std", "std_mean", "var_mean") and not bad.backward:
        return _single(op)
    for _, numbers in sick.operands[:1]:
        if numbers.low < 0 and bad.nans and "sqrt" in op.name:
            return Offence(
                f"`{op.name}` was given numbers down to {number(numbers.low)}",
                "a number below 0 has no square root; rounding is enough to get there",
                "keep its argument above 0: `.clamp_min(1e-12)`",
                "{}.clamp_min(1e-12)",
            )
        if numbers.zeros:
            return Offence(
                f"{share(numbers, numbers.zeros)} of what `{op.name}` was given are 0",
                "1 / sqrt(0) is infinite"
                if "rsqrt" in op.name
                else "its value there is 0 and its slope is infinite; infinite times 0 is nan",
                "add something small before the root: `sqrt(v + 1e-12)`",
                "{} + 1e-12" if "sqrt" in op.name else None,
            )
    return None


def _division(sick: Sick, bad: Bad, op: Op) -> Offence | None:
    operands = [(v, n) for v, n in sick.operands if n.zeros]
    divisors = bad.operands[1:] or bad.operands
    for _, numbers in sorted(operands, key=lambda pair: pair[0] not in divisors):
        single = numbers.count == 1
        what = "it divides by" if not single else "it divides by one number, and that"
        reciprocal = "reciprocal" in op.name or op.name.startswith(("rdiv", "rtruediv"))
        return Offence(
            f"`{op.name}` divides by 0"
            + ("" if single else f" in {share(numbers, numbers.zeros)}"),
            f"{what} is 0: 0 / 0 is nan, and the slope of a quotient there is infinite"
            if single
            else f"0 / 0 is nan, and the slope of a quotient there is infinite{_samples(bad)}",
            "keep the divisor above 0: `.clamp_min(...)`, or leave out what has nothing to divide"
            " by",
            "{}.clamp_min(1e-8)" if numbers.low >= 0 and not reciprocal else None,
            position=1,
        )
    return None


def _power(sick: Sick, bad: Bad, op: Op) -> Offence | None:
    if op.name.startswith("var") and not bad.backward:
        return _single(op)
    for _, numbers in sick.operands[:1]:
        if bad.infs and not bad.nans and not bad.backward and not numbers.zeros:
            return None
        if numbers.low < 0 and not bad.backward:
            return Offence(
                f"`{op.name}` was given numbers down to {number(numbers.low)}",
                "a number below 0 has no real power that is not whole",
                "keep its base above 0: `.clamp_min(1e-8)`",
                "{}.clamp_min(1e-8)",
            )
        if numbers.zeros:
            return Offence(
                f"{share(numbers, numbers.zeros)} of what `{op.name}` was given are 0",
                "a power below 1 has an infinite slope at 0, and one below 0 an infinite value",
                "keep its base above 0: `.clamp_min(1e-8)`",
                "{}.clamp_min(1e-8)",
            )
    return None


def _exponential(sick: Sick, bad: Bad, op: Op) -> Offence | None:
    for _, numbers in sick.operands[:1]:
        if numbers.high > 11:
            ends = "float16 ends at 65504" if numbers.high < 88 else "float32 ends at 3.4e38"
            return Offence(
                f"`{op.name}` was given numbers up to {number(numbers.high)}",
                f"`{op.name}` of that is more than the type holds ({ends})",
                "subtract the largest first, as `softmax`, `logsumexp` and `softplus` do, or bound"
                " its argument: `.clamp(max=...)`",
                "{}.clamp(max=80)" if numbers.high >= 88 else "{}.clamp(max=10)",
            )
    return None


def _softmax(sick: Sick, bad: Bad, op: Op) -> Offence | None:
    for _, numbers in sick.operands:
        if numbers.infs:
            return Offence(
                f"a mask leaves `{op.name}` a row in which every entry is -inf",
                f"{share(numbers, numbers.infs)} of what `{op.name}` was given are -inf; a row of"
                " nothing else is 0 / 0",
                "mask with a large finite number (`-1e9`, `torch.finfo(dtype).min`), or leave out"
                " the rows that have nothing to look at",
            )
    return None


def _inverse(sick: Sick, bad: Bad, op: Op) -> Offence | None:
    name = op.name.removeprefix("arc").removeprefix("a").removeprefix("special_")
    for _, numbers in sick.operands[:1]:
        if name in ("cos", "sin", "tanh", "erfinv") and max(numbers.high, -numbers.low) >= 1:
            reaches = numbers.high if numbers.high >= -numbers.low else numbers.low
            return Offence(
                f"`{op.name}` was given {number(reaches)}, where its slope is infinite",
                f"`{op.name}` takes numbers from -1 to 1, and its slope is infinite at both ends",
                "stay off the ends: `.clamp(-1 + 1e-6, 1 - 1e-6)`",
                "{}.clamp(-1 + 1e-6, 1 - 1e-6)",
            )
        if name == "logit" and (numbers.low <= 0 or numbers.high >= 1):
            return Offence(
                f"`{op.name}` was given numbers from {number(numbers.low)} to"
                f" {number(numbers.high)}",
                "it takes numbers between 0 and 1, the ends excluded",
                "give it an `eps`: `torch.logit(p, eps=1e-6)`",
            )
        if name in ("tan2", "tan"):
            return Offence(
                f"`{op.name}` was given 0 on both sides",
                "the angle of a vector of length 0 has no slope",
                "move one of them off 0, or leave such vectors out",
            )
    said = f"`{op.name}` has no finite {'slope' if bad.backward else 'result'} for this matrix"
    if "svd" in op.name or "eig" in op.name:
        return Offence(
            said,
            "its slope is infinite where two of the singular values or eigenvalues are equal, as"
            " those of the identity are",
            "begin with a matrix whose values differ, add small unequal numbers to its diagonal, or"
            " use the values alone, which do have a slope",
        )
    return Offence(
        said,
        "a singular matrix has no inverse, and the logarithm of its determinant is -inf",
        "add something small to the diagonal before it",
    )


def _product(sick: Sick, bad: Bad, op: Op) -> Offence | None:
    if bad.nans and any(n.infs for _, n in sick.operands):
        return Offence(
            f"`{op.name}` multiplies an infinite number by 0",
            "0 times infinite is nan: a mask of zeros does not take away what is infinite",
            "choose with `torch.where` on the operand, before the op that makes it infinite",
        )
    return None


def _empty(sick: Sick, op: Op) -> Offence | None:
    if any(not numbers.count for _, numbers in sick.operands) or op.kind is Kind.LOSS:
        if op.kind is Kind.LOSS and not _is_mean_of_nothing(sick):
            return None
        return Offence(
            f"`{op.name}` was given nothing to average",
            "the mean of no entries is 0 / 0: an empty selection, or labels that are all ignored",
            "sum and divide by the count, kept at 1 or above, or leave such a batch out",
        )
    return None


def _is_mean_of_nothing(sick: Sick) -> bool:
    """A loss that averages: finite numbers of ordinary size went in."""
    bad = sick.bad
    large = max((max(n.high, -n.low) for _, n in sick.operands), default=0.0)
    return bad is not None and bad.nans > 0 and large < 1e4


def _single(op: Op) -> Offence:
    return Offence(
        f"`{op.name}` was given a single entry to take the spread of",
        "it divides by one less than the count, which is 0",
        "give it more than one entry, or `correction=0`",
    )


def _overflow(sick: Sick, bad: Bad, op: Op) -> Offence | None:
    sizes = [max(n.high, -n.low) for _, n in sick.operands]
    largest = max(sizes, default=0.0)
    if not bad.infs and largest < 1e15:
        return None
    half = largest < 1e15
    ends = "float16 ends at 65504" if half else "float32 ends at 3.4e38"
    return Offence(
        f"`{op.name}` was given numbers up to {number(largest)}, and what it makes of them is more"
        " than the type holds",
        f"{ends}; what is beyond is inf, and inf - inf, inf / inf and 0 * inf are nan",
        "compute this in float32, or in bfloat16, which reaches as far"
        if half
        else "keep the numbers small: a lower learning rate, normalization, smaller initial values",
        too_large=not half,
        wider=half,
    )


def _unknown(bad: Bad, op: Op) -> Offence:
    made = "nan" if bad.nans else "inf"
    on = "on the way back" if bad.backward else "out of finite numbers"
    return Offence(
        f"`{op.name}` makes the first {made} {on}",
        f"{max(bad.nans, bad.infs)} of {bad.count} entries are {made}{_samples(bad)}",
        f"look at what `{op.name}` is given there",
    )


def _samples(bad: Bad) -> str:
    if not bad.samples or all(value == 0 for value in bad.samples):
        return ""
    return f" (here: {', '.join(number(value) for value in bad.samples[:3])})"


_TELLERS: Final[Mapping[Kind, Callable[[Sick, Bad, Op], Offence | None]]] = {
    Kind.LOG: _log,
    Kind.ROOT: _root,
    Kind.DIVISION: _division,
    Kind.POWER: _power,
    Kind.EXPONENTIAL: _exponential,
    Kind.SOFTMAX: _softmax,
    Kind.INVERSE: _inverse,
    Kind.PRODUCT: _product,
}
