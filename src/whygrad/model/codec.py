"""A report to JSON and back, unchanged. The keys are the contract of `report.schema.json`.

The types say what the JSON looks like: a field of a dataclass is a key, an enum its value. So
a field added to the model travels without a line here; only the schema must learn of it.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from whygrad.model.errors import InputError
from whygrad.model.report import ModuleRow, Report, StepRow
from whygrad.model.source import SourceLocation

SCHEMA_VERSION = 1
_KEYS = {"class_name": "class"}
_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def dumps(report: Report) -> str:
    """Write a report as JSON, ASCII only: a path or message may hold what UTF-8 cannot."""
    return json.dumps({"schema": SCHEMA_VERSION, **_plain(report)}, indent=2, allow_nan=False)


def loads(text: str, name: str = "report") -> Report:
    """Read what `dumps` wrote. Anything else is an `InputError` that says where it differs."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name}: not JSON: {error}") from error
    if not isinstance(data, dict) or "schema" not in data:
        raise InputError(f"{name}: not a whygrad report: it has no `schema`")
    if data["schema"] != SCHEMA_VERSION:
        version = f"schema {data['schema']!r}"
        raise InputError(f"{name}: written with {version}; this whygrad reads {SCHEMA_VERSION}")
    try:
        report: Report = _made(Report, data, "")
    except (_MismatchError, RecursionError) as error:
        raise InputError(f"{name}: not a whygrad report: {error}") from error
    return report


def load(path: Path) -> Report:
    """Read a saved report from a file."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not a whygrad report: not UTF-8 text") from error
    return loads(text, str(path))


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value):
        pairs = [(f.name, getattr(value, f.name)) for f in dataclasses.fields(value)]
        # Many in a report, and many of their fields are often unknown.
        if isinstance(value, (SourceLocation, StepRow, ModuleRow)):
            pairs = [(key, item) for key, item in pairs if item is not None]
        return {_KEYS.get(key, key): _plain(item) for key, item in pairs}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):  # JSON has no word for these
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


class _MismatchError(Exception):
    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where or 'the whole'} {what}")


@cache
def _fields(kind: type) -> tuple[tuple[str, str, Any, bool], ...]:
    hints = get_type_hints(kind)
    return tuple(
        (
            field.name,
            _KEYS.get(field.name, field.name),
            hints[field.name],
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
        )
        for field in dataclasses.fields(kind)
    )


def _made(kind: Any, data: Any, where: str) -> Any:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        if data is None and NoneType in get_args(kind):
            return None
        (kind,) = (option for option in get_args(kind) if option is not NoneType)
        return _made(kind, data, where)
    if origin is tuple:
        return _made_tuple(get_args(kind), data, where)
    if origin is not None:  # Mapping[str, str]
        items = _of(dict, data, where).items()
        return {key: _made(get_args(kind)[1], item, f"{where}.{key}") for key, item in items}
    if dataclasses.is_dataclass(kind):
        return _made_object(kind, _of(dict, data, where), where)
    if issubclass(kind, Enum):
        choices = {member.value: member for member in kind}
        if not isinstance(data, str) or data not in choices:
            raise _MismatchError(where, f"is not one of {', '.join(choices)}")
        return choices[data]
    if kind is float:
        if isinstance(data, str) and data in _NOT_FINITE:
            return _NOT_FINITE[data]
        return float(_of((int, float), data, where))
    return _of(kind, data, where)


def _made_object(kind: Any, data: dict[str, Any], where: str) -> Any:
    values = {}
    for name, key, hint, required in _fields(kind):
        if key in data:
            values[name] = _made(hint, data[key], f"{where}.{key}".lstrip("."))
        elif required:
            raise _MismatchError(where, f"has no `{key}`")
    return kind(**values)


def _made_tuple(kinds: tuple[Any, ...], data: Any, where: str) -> tuple[Any, ...]:
    items = _of(list, data, where)
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(items)
    if len(kinds) != len(items):
        raise _MismatchError(where, f"does not have {len(kinds)} items")
    pairs = zip(kinds, items, strict=True)
    return tuple(_made(kind, item, f"{where}[{i}]") for i, (kind, item) in enumerate(pairs))


_NAMES: Mapping[Any, str] = {
    dict: "an object",
    list: "a list",
    str: "text",
    int: "an integer",
    bool: "a boolean",
}


def _of(kind: type | tuple[type, ...], data: Any, where: str) -> Any:
    if not isinstance(data, kind) or (isinstance(data, bool) and kind is not bool):
        raise _MismatchError(where, f"is not {_NAMES.get(kind, 'a number')}")
    return data
