"""Tapes and functions of gradients: what is differentiated, by what, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from whygrad.source.dataflow import other_tables
from whygrad.source.dataflow.builtin import Builtins
from whygrad.source.dataflow.record import Event, Frame, Happened
from whygrad.source.dataflow.sources import SOURCE, marked, unmarked, without
from whygrad.source.dataflow.tensors import Named
from whygrad.source.dataflow.values import (
    ANY,
    NOTHING,
    UNKNOWN,
    Cause,
    Closure,
    Cut,
    Flow,
    Object,
    Root,
    Site,
    Sort,
    Value,
    constant,
    joined,
    number_of,
)

LEARNS: Final = ("module", "parameter")
_TAPE_METHODS: Final = frozenset({"watch", "reset", "watched_variables", "stop_recording"})
_BEYOND: Final = Cut(Cause.GRAD_DISABLED, "GradientTape", Site("", 0, 0, 0, 0))


class Tapes(Builtins):
    """See `Machine`."""

    def tape(self, args: list[Value], named: Named, site: Site) -> Value:
        """`tf.GradientTape(...)`."""
        follows = named.get(
            "watch_accessed_variables", args[1] if len(args) > 1 else constant(True)
        )
        known = {constant(True): "auto", constant(False): "manual"}
        made = Object(Sort.TAPE, known.get(follows, "unsure"), site)
        self.other.watched.pop(made, None)
        return Value(objects=frozenset({made}), known=True)

    def tape_method(
        self, tape: Object, name: str, args: list[Value], named: Named, site: Site
    ) -> Value:
        """`tape.gradient(...)` and the like."""
        if name == "watch":
            for value in [*args, *named.values()]:
                self.other.watched.setdefault(tape, set()).update(self._watchable(value))
            return NOTHING
        if name == "stop_recording":
            return Value(objects=frozenset({Object(Sort.PAUSE, name, tape.site)}), known=True)
        if name == "__enter__" and tape.site is not None:
            self.tapes |= {tape.site}
            return Value(objects=frozenset({tape}), known=True)
        if name == "__exit__" and tape.site is not None:
            self.tapes -= {tape.site}
        if name in _TAPE_METHODS or name == "__exit__":
            return NOTHING
        if name not in ("gradient", "jacobian", "batch_jacobian"):
            self.found.handed.add(tape)
            return UNKNOWN
        loss = args[0] if args else named.get("target", UNKNOWN)
        sources = args[1] if len(args) > 1 else named.get("sources", UNKNOWN)
        return self.asked(loss, sources, tape, site)

    def _watchable(self, value: Value) -> set[object]:
        """What a tape is told to follow."""
        if value.flows & UNKNOWN.flows or not (value.known or value.flows):
            return {ANY}
        return {*(f.root for f in value.flows), *value.of(Sort.TENSOR)}

    def asked(self, loss: Value, sources: Value, asker: Object | None, site: Site) -> Value:
        """Gradients of `loss` for `sources`: what they stand for, and what becomes of them."""
        seen = asker.site if asker is not None and asker.sort is Sort.TAPE else None
        flows = {self._as_seen(f, seen) for f in self.through(self.everything(loss).flows)}
        every = self.everything(sources)
        # A new leaf is asked about, not what it was made of.
        own = frozenset(f for f in every.flows if f.cut is None)
        wanted = Value(own, every.objects, every.parts, every.known)
        if asker is not None and asker.sort is Sort.TAPE:
            self._not_watched(asker, sources, flows, site)
        told = Value(frozenset(flows))
        detail = "step" if self.other.stepping else ""
        self.note(Happened.ASKED, site, told, asker, detail, whole=wanted)
        self.leaves(Value(without(flows)))
        known = self.found.gradients.setdefault(site, set())
        known |= {f.root for f in without(flows) if f.cut is None}
        return Value(frozenset({Flow(Root(site, "gradient"))}))

    def _as_seen(self, flow: Flow, tape: Site | None) -> Flow:
        """A way as one tape saw it."""
        if flow.cut is not None or flow.tapes is None or tape is None or tape in flow.tapes:
            return Flow(flow.root, flow.cut)
        return Flow(flow.root, flow.missed) if flow.missed is not None else Flow(flow.root)

    def _not_watched(self, tape: Object, sources: Value, flows: Iterable[Flow], site: Site) -> None:
        """Sources that the tape does not follow: plain tensors, and variables in manual mode."""
        watched = self.other.watched.get(tape, set())
        trains = self.loops or self.other.stepping
        if not trains or self.conditional or ANY in watched or tape in self.found.handed:
            return
        listed = [v for _, v in sources.parts] or [sources]
        for value in listed:
            tensors = value.of(Sort.TENSOR)
            if value.known and len(value.objects) == 1 and tensors and not value.flows:
                if tensors[0] not in watched and tensors[0] not in self.found.handed:
                    title = self.found.titles.get(tensors[0], "")
                    self.note(Happened.UNWATCHED, site, value, tape, title)
            elif tape.name == "manual" and value.live and not value.flows & UNKNOWN.flows:
                roots = set(value.live)
                if not roots & watched and roots <= {f.root for f in flows}:
                    self.note(Happened.UNWATCHED, site, value, tape)

    # -- what gradients are given to

    def applied(
        self, item: Object, name: str, args: list[Value], named: Named, site: Site
    ) -> Value:
        """`optimizer.apply_gradients(...)`."""
        given = [*args, *named.values()]
        if name == "apply" and len(given) < 2:
            sources = [e.whole for v in given for e in self._askings(v)]
            given += sources or [UNKNOWN]
        whole = self.everything(joined(given))
        for flow in whole.flows:
            self.consume(flow)
        kept = frozenset(
            Flow(f.root) for f in whole.flows if f.root.kind != "gradient" and f.cut is None
        )
        gradients = frozenset(f for f in whole.flows if f.root.kind == "gradient")
        self.hold(item, Value(kept), site, Value(gradients))
        return NOTHING

    def hold(self, item: Object, value: Value, site: Site, gradients: Value = NOTHING) -> None:
        """An optimizer updates these."""
        value = Value(frozenset(f for f in value.flows if f.root.kind != "gradient"))
        for flow in value.flows:
            self.found.held.setdefault(flow.root, set()).add(item)
        self.note(Happened.APPLIED, site, value, item, whole=gradients)

    def _askings(self, value: Value) -> list[Event]:
        sites = {f.root.site for f in value.flows if f.root.kind == "gradient"}
        events = self.found.events
        return [e for e in events if e.what is Happened.ASKED and e.site in sites]

    def minimized(
        self, item: Object, args: list[Value], named: Named, site: Site, frame: Frame
    ) -> Value:
        """`optimizer.minimize(loss, variables)`."""
        loss = args[0] if args else named.get("loss", UNKNOWN)
        sources = args[1] if len(args) > 1 else named.get("var_list", UNKNOWN)
        tapes = named.get("tape", NOTHING).of(Sort.TAPE)
        if loss.of(Sort.FUNCTION) or loss.of(Sort.METHOD):
            before, self.tapes = self.tapes, self.tapes | {site}
            value = self.call(loss, [], {}, site, frame)
            self.tapes = before
            self.asked(value, sources, Object(Sort.TAPE, "auto", site), site)
        else:
            self.asked(loss, sources, tapes[0] if tapes else None, site)
        self.found.consumed.add(site)
        wanted = frozenset(Flow(f.root) for f in self.everything(sources).flows if not f.cut)
        self.hold(item, Value(wanted), site)
        return NOTHING

    def assigned(
        self, function_of: Value, name: str, args: list[Value], site: Site
    ) -> Value | None:
        """What a variable holds after `variable.assign(value)`: numbers, and no way back."""
        for flow in joined(args).flows:
            self.consume(flow)
            if flow.root.kind == "gradient":
                self.found.updated |= function_of.live
        if not any(f.root.kind == "gradient" for f in joined(args).flows):
            self.found.loaded |= function_of.live - {ANY}
        if name != "assign":
            return None
        cut = Cut(Cause.REWRAPPED, name, site)
        ways = (f for f in joined(args).flows if f.root.kind != "gradient" and f.root is not ANY)
        return Value(frozenset(f if f.cut else Flow(f.root, cut) for f in ways))

    def optimizer_call(
        self, item: Object, name: str, args: list[Value], named: Named, site: Site, frame: Frame
    ) -> Value | None:
        """A method that only optimizers of other frameworks than PyTorch have."""
        self.spent([*args, *named.values()])
        if name in ("apply_gradients", "apply"):
            return self.applied(item, name, args, named, site)
        if name == "minimize":
            return self.minimized(item, args, named, site, frame)
        if name in ("scale_loss", "get_scaled_loss", "get_unscaled_gradients"):
            return args[0] if args else UNKNOWN
        if name == "update" and item.name == "Optimizer":
            for flow in joined(args).flows:
                self.consume(flow)
            held = {r for r, several in self.found.held.items() if item in several}
            self.note(Happened.APPLIED, site, Value(frozenset(map(Flow, held))), item)
            return NOTHING
        return NOTHING if name in ("build", "get_config") else None

    def other_object(
        self, item: Object, name: str, args: list[Value], named: Named, site: Site, frame: Frame
    ) -> Value:
        """A method of a tape, of a metric, of what makes updates."""
        if item.sort is Sort.TAPE:
            return self.tape_method(item, name, args, named, site)
        if item.sort is Sort.UPDATES:
            return self.updates_method(item, name, args, named, site, frame)
        if item.sort is Sort.MEASURE:
            loss = name in ("call", "__call__")
            return self.op([*args, *named.values()], site) if loss else NOTHING
        return UNKNOWN

    # -- functions that are made to give gradients

    def gradient_function(self, plain: str, args: list[Value], named: Named, site: Site) -> Value:
        """`jax.grad(f)`: something that is called like `f`."""
        made = Object(Sort.GRADIENTS, plain, site)
        if not args:
            return UNKNOWN
        self.store(made, "function", args[0])
        self.store(made, "argnums", named.get("argnums", args[1] if len(args) > 1 else constant(0)))
        self.store(made, "has_aux", named.get("has_aux", constant(False)))
        return Value(objects=frozenset({made}), known=True)

    def differentiate(
        self, item: Object, args: list[Value], named: Named, site: Site, frame: Frame
    ) -> Value:
        """`jax.grad(f)(...)`."""
        function = self.load(item, "function") or UNKNOWN
        number = number_of(self.load(item, "argnums") or NOTHING)
        closures = [o.closure for o in function.of(Sort.FUNCTION) if o.closure is not None]
        args = self.sourced(args, number, site, closures)
        self.other.sourced += 1
        result = self.call(function, args, named, site, frame)
        self.other.sourced -= 1
        return self.asked_of(result, item, args, number, site)

    def sourced(
        self, args: list[Value], number: float | None, site: Site, functions: list[Closure]
    ) -> list[Value]:
        """The arguments of a function, with the one known again that is differentiated by."""
        place = int(number) if number is not None else len(args)
        if not 0 <= place < len(args):
            return args
        root = Root(site, SOURCE)
        names = [a.arg for f in functions for a in f.node.args.args[place : place + 1]]
        if len(names) == 1:
            self.found.names.setdefault(root, names[0])
        return [*args[:place], marked(args[place], root), *args[place + 1 :]]

    def asked_of(
        self, result: Value, item: Object, args: list[Value], number: float | None, site: Site
    ) -> Value:
        """What a function of gradients gives, of what the function itself gave."""
        # A tuple that is returned is the loss and what goes with it.
        aux = self.load(item, "has_aux") != constant(False) or result.part(0) is not None
        loss = result
        if aux:
            part = result.part(0)
            loss = part if part is not None else self.item(result)
        known = number is not None and int(number) < len(args)
        sources = args[int(number)] if known and number is not None else UNKNOWN
        gradient = self.asked(loss, sources, item, site)
        result = unmarked(result, Root(site, SOURCE))
        if item.name.endswith("value_and_grad"):
            return self.pair(result, gradient)
        return self.pair(gradient, self.item(result)) if aux else gradient

    def pair(self, first: Value, second: Value) -> Value:
        """A tuple of two."""
        both = joined([first, second])
        objects = both.objects | {Object(Sort.CONTAINER)}
        return Value(both.flows, objects, ((0, first), (1, second)), both.known)

    # -- optax

    def updated(self, params: Value, name: str, site: Site) -> Value:
        """New values of parameters: nothing keeps them but who is given them."""
        new = Object(Sort.UPDATED, name, site)
        return Value(params.flows, params.objects | {new}, params.parts, params.known)

    def updates_method(
        self, item: Object, name: str, args: list[Value], named: Named, site: Site, frame: Frame
    ) -> Value:
        """`optimizer.update(grads, state, params)`, `state.apply_gradients(grads=grads)`."""
        given = [*args, *named.values()]
        if name in ("update", "apply_gradients", "replace"):
            for flow in joined(given).flows:
                self.consume(flow)
            self.spent(given)
            held = self.load(item, "params")
            self.note(Happened.APPLIED, site, held or NOTHING, item)
            if item.name == "TrainState":
                return self.updated(_one(item), name, site)
            updates = Value(joined(args[:1]).flows)
            return self.pair(self.updated(updates, name, site), UNKNOWN)
        if name == "init":
            self.found.optimizers.add(item)
            return UNKNOWN
        held = self.load(item, name)
        if held is not None:  # `state.apply_fn(...)`
            return self.call(held, args, named, site, frame)
        self.found.handed.add(item)
        return UNKNOWN

    def made_for(self, decorator: str) -> str | None:
        """`custom`, or the name of what makes a function of gradients; None: nothing new."""
        plain = other_tables.plain_name(decorator)
        if plain in other_tables.CUSTOM:
            return "custom"
        return plain if plain in other_tables.GRADIENTS else None


def _one(item: Object) -> Value:
    return Value(objects=frozenset({item}), known=True)
