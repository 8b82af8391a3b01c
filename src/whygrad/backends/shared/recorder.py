"""From slots to the neutral recording: names, places and tags are worked out here, at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from whygrad.backends.shared.places import Places
from whygrad.backends.shared.reading import computed, read
from whygrad.backends.shared.slot import Held, Model, Slot
from whygrad.backends.shared.tagging import tags_of
from whygrad.flow.recording import Dialect, Event, EventKind, Optimizer, Recording
from whygrad.flow.tags import CREATED_IN_STEP
from whygrad.flow.variable import Holding, Home, Observed, Variable
from whygrad.model.report import Gradient, ModelRow
from whygrad.model.source import SourceLocation

NOT_SEEN = Observed(
    value=None,
    trainable=False,
    gradient=Gradient.NONE,
    gradient_norm=None,
    weight_norm=None,
    moved=None,
)


class Noted(NamedTuple):
    """An event whose place and optimizer's name are still to be worked out."""

    kind: EventKind
    step: int
    place: int
    optimizer: Held | None
    detail: str | None


class Words(NamedTuple):
    """What the framework adds."""

    dialect: Dialect
    versions: Mapping[str, str]


def build(observer: Any, worded: Callable[[Sequence[Model]], Words]) -> Recording:
    """Freeze an observation; `worded` gives the words for the models that took part."""
    places = Places(observer.callsites)
    models = observer.models
    slots = [s for s in models.slots.values() if _counts(s, len(observer.steps))]
    rewrapped = computed(slots, observer.steps)
    slots = [s for s in slots if s not in rewrapped]
    used = read(slots, observer.steps)
    # A model is in the run when a step read a variable of it, or an optimizer holds one.
    taking_part = {s.model for s in slots if s in used or s.holders}
    taking_part |= {m.number for m in models.all if m.given is not None}
    rows = [m for m in models.all if m.number in taking_part]
    names = _model_names(rows)
    words = worded(rows)
    optimizers = _optimizer_names(observer.optimizers.all)
    kept = [s for s in slots if s.model in names or s.model < 0]
    tags = tags_of(kept, observer.optimizers.all, used)
    variables = _unique(
        _variable(slot, names, optimizers, places, len(observer.steps), tags[slot]) for slot in kept
    )
    return Recording(
        dialect=words.dialect,
        versions=words.versions,
        models=tuple(_model_row(m, names[m.number], places, words) for m in rows),
        variables=tuple(variables),
        steps=tuple(observer.steps),
        events=tuple(_event(e, optimizers, places) for e in observer.events),
        optimizers=tuple(
            _optimizer(h, optimizers[h.number], places) for h in observer.optimizers.all
        ),
        optimizers_known=observer.optimizers_known,
        blind=observer.flow.blind(),
        modules=tuple(observer.outputs.rows(names)),
    )


def _counts(slot: Slot, steps: int) -> bool:
    """Of tensors in no model, those that somebody trains or that stay; not a passing input."""
    if not slot.steps:
        return False
    if slot.gone and all(s.gradient is Gradient.NONE for s in slot.steps.values()):
        return False
    if slot.home is not Home.LOOSE or slot.holders or slot.parameter or slot.created_in:
        return True
    same = len({s.identity for s in slot.steps.values()}) == 1
    return same and (steps < 2 or len(slot.steps) > 1)


def _model_names(models: list[Model]) -> dict[int, str]:
    names: dict[int, str] = {}
    used: Counter[str] = Counter()
    for model in models:
        name = model.given or model.name or model.kind.__name__.lower()
        used[name] += 1
        names[model.number] = name if used[name] == 1 else f"{name}_{used[name]}"
    return names


def _optimizer_names(all_held: list[Held]) -> dict[int, str]:
    names: dict[int, str] = {}
    used: Counter[str] = Counter()
    for held in all_held:
        name = held.name or held.class_name
        used[name] += 1
        names[held.number] = name if used[name] == 1 else f"{name}_{used[name]}"
    return names


def _model_row(model: Model, name: str, places: Places, words: Words) -> ModelRow:
    location = places.class_line(model.kind) or places.statement(model.made)
    return ModelRow(name, model.kind.__name__, words.dialect.framework, location)


def _optimizer(held: Held, name: str, places: Places) -> Optimizer:
    return Optimizer(
        name=name,
        class_name=held.class_name,
        built_at=places.statement(held.built),
        group_sizes=held.sizes,
        learning_rates=tuple(held.rates[: len(held.sizes)]),
        steps_taken=held.steps,
        stale=held.stale,
    )


def _event(noted: Noted, names: Mapping[int, str], places: Places) -> Event:
    optimizer = names[noted.optimizer.number] if noted.optimizer is not None else None
    place = places.expression(noted.place)
    return Event(noted.kind, noted.step, place, optimizer, noted.detail)


def _variable(
    slot: Slot,
    names: Mapping[int, str],
    optimizers: Mapping[int, str],
    places: Places,
    steps: int,
    tags: frozenset[str],
) -> Variable:
    model = names.get(slot.model)
    return Variable(
        name=f"{model}.{slot.name}" if model else slot.name,
        model=model,
        owner=slot.owner,
        home=slot.home,
        shape=slot.shape,
        dtype=slot.dtype,
        trainable=slot.trainable,
        leaf=slot.leaf,
        floating=slot.floating,
        holders=tuple(
            Holding(optimizers[held.number], group, held.rates[group])
            for held, group in slot.holders
        ),
        steps=tuple(slot.steps.get(i, NOT_SEEN) for i in range(steps)),
        aliases=tuple(_alias(a, names) for a in slot.aliases),
        made_at=_made_at(slot, places),
        held_at=_held_at(slot, places),
        frozen_at=_frozen_at(slot, places),
        hooked_at=places.statement(slot.hooked),
        replaced_at=places.statement(slot.replaced) if CREATED_IN_STEP not in tags else None,
        making=slot.making,
        origin=slot.origin,
        owned_by_library=slot.made_by_library or slot.inside_library is not None,
        updated_with=_alias(slot.mispaired, names) if slot.mispaired else "",
        kept_as=_alias(slot.kept_as, names) if slot.kept_as else "",
        used_in_source=places.used(*slot.mention) if slot.mention is not None else None,
        tags=tags,
    )


def _alias(alias: str, names: Mapping[int, str]) -> str:
    number, _, name = alias.partition(":")
    model = names.get(int(number))
    return f"{model}.{name}" if model else name


def _made_at(slot: Slot, places: Places) -> SourceLocation | None:
    if slot.made:
        made = places.statement(slot.made)
        # Which line of a library the making ended at tells nobody anything.
        return made if made is None else replace(made, library=None)
    if slot.made_seen is not None:
        return places.widened(slot.made_seen)
    return places.attribute(*slot.made_by) if slot.made_by is not None else None


def _held_at(slot: Slot, places: Places) -> SourceLocation | None:
    if slot.held:
        return places.statement(slot.held)
    return places.attribute(*slot.held_by) if slot.held_by is not None else None


def _frozen_at(slot: Slot, places: Places) -> SourceLocation | None:
    if slot.frozen:
        return places.statement(slot.frozen)
    if slot.trainable or not slot.parameter:
        return None
    made = _made_at(slot, places)
    said = ("requires_grad", "trainable")
    return made if made is not None and any(s in (made.source or "") for s in said) else None


def _unique(variables: Iterator[Variable]) -> Iterator[Variable]:
    """Two loose tensors of one name, or a tensor named like a model's variable, get numbers."""
    used: Counter[str] = Counter()
    for variable in variables:
        used[variable.name] += 1
        if used[variable.name] == 1:
            yield variable
        else:
            yield replace(variable, name=f"{variable.name}_{used[variable.name]}")
