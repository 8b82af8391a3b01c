"""Follows the programs of a project: training scripts from their first line, classes that nobody
is seen to use from their methods.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from whygrad.source.attributes import methods
from whygrad.source.classes.bases import lineage
from whygrad.source.classes.known import Base
from whygrad.source.classes.methods import SETS_UP
from whygrad.source.dataflow.machine import OutOfBudgetError
from whygrad.source.dataflow.record import Found, Frame, Happened
from whygrad.source.dataflow.statements import Statements
from whygrad.source.dataflow.values import ANY, UNKNOWN, Closure, Object, Root, Site, Sort, Value
from whygrad.source.facts.words import ASKING_BUFFER, CUTS, TRAINS, cuts_elsewhere, cuts_own
from whygrad.source.module import Function, SourceModule
from whygrad.source.project.project import Project

_FIRST: Final = (
    "forward",
    "call",
    "train_step",
    "training_step",
    "__call__",
    "configure_optimizers",
)
_ASIDE: Final = (
    "validation_step", "test_step", "predict_step", "on_validation_epoch_end", "__repr__",
    "extra_repr", "_init_weights", "init_weights", "reset_parameters", "__init__", "get_config",
    "from_config", "compute_output_shape", "build_from_config",
)  # fmt: skip
_LEAST: Final = 2000
_EACH: Final = 4
_MOST: Final = 8_000
"""Statements that are followed: some for each line of the file, so that cost grows with lines."""
_WORTH: Final = re.compile(r"\.backward\(|optim|_step\(|GradientTape\(|value_and_grad|\bgrad\(")
"""What a function speaks of that is worth following although nobody is seen to call it."""
_SMALL: Final = 1000
"""Files of a project all of which is followed; of a larger one so much that it takes no longer than
to read it.
"""
_IN_ALL: Final = (80_000, 6_000)
"""Statements for all classes that no script is seen to use: of a small project, of a large one."""
_LONG: Final = "as it is too long"
_LATE: Final = "as the project is too large for that"
_RUNS: Final = re.compile(r"^(?:for |while |with |if __name__|[\w.]+\(|\w+ = [\w.]+\()", re.M)
"""What stands at the top of a file that does something when it is run."""
_OPTIMIZERS: Final = ("optimizer", "optim", "opt")


@dataclass(slots=True)
class Program:
    """One program that was followed to its end."""

    path: str
    found: Found
    complete: bool
    """Whether it is a training script of which everything that runs was seen to run."""
    shortened: bool = False
    """Whether there were more calls than are followed."""
    ran: int = 0
    """How many events there were when all had run that runs of itself. Functions that nobody is
    seen to call may be run with other things than those that their names stand for in the end.
    """

    def differentiates(self, torch: bool) -> bool:
        """Whether gradients of what an optimizer holds are asked for where it runs of itself."""
        what = Happened.DIFFERENTIATED if torch else Happened.ASKED
        held = self.found.kept | {ANY}
        return any(e.what is what and e.value.live & held for e in self.found.events[: self.ran])


@dataclass(slots=True)
class Programs:
    """All of them, and what holds of a thing in any."""

    several: list[Program] = field(default_factory=list)
    live: Counter[Site] = field(default_factory=Counter)
    """In how many programs gradient comes to a thing."""
    held: Counter[Site] = field(default_factory=Counter)
    cut: Counter[Site] = field(default_factory=Counter)
    spared: dict[Site, set[tuple[Site, ...]]] = field(default_factory=dict)
    """What is frozen, filled with numbers from elsewhere, or reached in a way that is not
    followed, by its place and the objects around it.
    """
    failed: dict[str, str] = field(default_factory=dict)
    """Files that were not followed, and why: a clause."""
    shortened: set[str] = field(default_factory=set)
    """Files of whose calls not all were followed, for the same reason."""
    asked: int = 0
    """How many files there were to follow."""

    def take(self, program: Program) -> None:
        """Add what is known of one more."""
        found = program.found
        self.several.append(program)
        self.live.update(_sites(found.live))
        self.cut.update(_sites(set(found.cuts)))
        for root in found.spared:
            if root.site is not None:
                self.spared.setdefault(root.site, set()).add(root.inside)
        self.held.update(_sites(found.kept))
        if program.shortened:
            self.shortened.add(program.path)

    def lives(self, root: Root, found: Found) -> bool:
        """Whether gradient comes to it anywhere. Two objects of a class are told apart in a
        program.
        """
        return _holds(root, found.live, self.live)

    def cuts(self, root: Root, found: Found) -> bool:
        """Whether it is used anywhere in a way that comes to an end."""
        return _holds(root, set(found.cuts), self.cut)

    def spares(self, root: Root, found: Found) -> bool:
        """Whether something says that it need not learn, or that not all is known of it."""
        insides = self.spared.get(root.site, set()) if root.site is not None else set()
        return root in found.spared or root.inside in insides or () in insides

    def holds(self, root: Root, found: Found) -> bool:
        """Whether some optimizer holds it."""
        return _holds(root, found.kept, self.held)


def programs(project: Project) -> Programs:
    """The programs of a project, followed once."""
    found = project.answers.get("programs")
    if not isinstance(found, Programs):
        found = project.answers["programs"] = _programs(project)
    return found


def _programs(project: Project) -> Programs:
    every = Programs()
    ran: set[int] = set()
    scripts = _scripts(project)
    rest = [p for p in project.files(CUTS) if p not in set(scripts)]
    left = _IN_ALL[sum(1 for _ in project.files()) > _SMALL]
    # What is short comes first, so that little is given up.
    rest.sort(key=lambda path: len(project.text(path)))
    for path in [*scripts, *rest]:
        every.asked += 1
        script = path in scripts
        if not script and left <= 0:
            every.failed[path] = _LATE
            continue
        program, spent = _follow(project, path, script, ran)
        left -= 0 if script else spent
        if program is None:
            every.failed[path] = _LONG
        else:
            every.take(program)
    return every


def _scripts(project: Project) -> list[str]:
    """The files that train something, after those that make use of them."""
    trains = list(project.files(TRAINS))
    users = project.importers(frozenset(trains)) if trains else ()
    return [*(p for p in users if _RUNS.search(project.text(p))), *trains]


def _holds(root: Root, own: set[Root], anywhere: Counter[Site]) -> bool:
    """Whether something holds of a thing in its own program, or of its like in another."""
    if root.site is None:
        return root in own
    here = {r.inside for r in own if r.site == root.site}
    return root.inside in here or () in here or anywhere[root.site] > bool(here)


def _sites(roots: set[Root]) -> set[Site]:
    return {root.site for root in roots if root.site is not None}


def _follow(project: Project, path: str, script: bool, ran: set[int]) -> tuple[Program | None, int]:
    """The program of a file, and how many statements that took."""
    module = project.module(path)
    if module is None:
        return None, 0
    budget = min(_MOST, _LEAST + _EACH * len(module.lines))
    machine = Statements(project, budget)
    machine.found.ran = set(ran)
    machine.found.files.add(path)
    try:
        if script:
            _run_top(machine, module, path)
        trained = bool(machine.found.events) and not machine.shortened
        count = len(machine.found.events)
        _run_rest(machine, module, path)
    except (OutOfBudgetError, RecursionError):
        return None, budget
    # Reading a file again costs about as much as following so many of its statements.
    spent = budget - machine.left + len(module.lines) // 5
    ran |= machine.found.ran
    return Program(path, machine.found, trained, machine.shortened, count), spent


def _run_top(machine: Statements, module: SourceModule, path: str) -> None:
    names = machine.top_of(path)
    frame = Frame(module, path, names)
    machine.run_block(module.tree.body, frame)
    machine.run_handed()


def _run_rest(machine: Statements, module: SourceModule, path: str) -> None:
    """Functions and classes that nobody was seen to use."""
    ran = machine.found.ran
    todo: list[tuple[ast.stmt, str]] = [(s, "") for s in _definitions(module.tree.body)]
    for statement, prefix in todo:
        if isinstance(statement, ast.ClassDef):
            qualname = f"{prefix}{statement.name}"
            others = bool(machine.project.frameworks.get(path, frozenset()) - {"torch"})
            if _worth(module, statement, others=others):
                _run_class(machine, statement, path, qualname)
            todo += [(s, f"{qualname}.") for s in statement.body if isinstance(s, ast.ClassDef)]
    for statement, _ in todo:
        if isinstance(statement, Function) and id(statement) not in ran:
            if not _WORTH.search(module.segment(statement)):
                continue
            closure = machine.closure_of(statement, Frame(module, path, {}))
            given = statement.args
            args = [_argument(a.arg, machine, path) for a in [*given.posonlyargs, *given.args]]
            machine.leaves(machine.call_closure(closure, args, {}))
            machine.run_handed()


def _worth(module: SourceModule, node: ast.ClassDef, *, others: bool) -> bool:
    """Whether a class is worth following: it trains something, or its methods hold a cut. `others`
    says whether it may be of another framework than PyTorch.
    """
    whole = module.segment(node)
    if _WORTH.search(whole) or ASKING_BUFFER.search(whole):
        return True
    texts = (module.segment(m) for m in methods(node) if m.name not in _ASIDE)
    return any(cuts_own(text) or (others and cuts_elsewhere(text)) for text in texts)


def _argument(name: str, machine: Statements, path: str) -> Value:
    """What calls a function is not known; what it calls its optimizer is one."""
    if name in _OPTIMIZERS:
        given = Object(Sort.OPTIMIZER, name)
        machine.found.handed.add(given)
        return Value(objects=frozenset({given}), known=True)
    return UNKNOWN


def _definitions(block: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in block:
        if isinstance(statement, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield statement
        for name in ("body", "orelse", "finalbody"):
            if isinstance(statement, (ast.If, ast.Try)):
                yield from _definitions(getattr(statement, name, []))


def _run_class(machine: Statements, node: ast.ClassDef, path: str, qualname: str) -> None:
    ran = machine.found.ran
    line = lineage(machine.project, path, qualname)
    own = {m.name: m for m in methods(node)}
    left = [m for m in own.values() if id(m) not in ran and m.name not in _ASIDE]
    if line is None or not left:
        return
    made = Object(Sort.INSTANCE, f"{path}:{qualname}")
    init = machine.method_of(made, "__init__")
    given = init[0].node.args.args[1:] if init is not None else []
    machine.construct(made, [_argument(a.arg, machine, path) for a in given], {})
    model = line.is_a(Base.TORCH) is True
    # What a method stores may be read by one that was run before it.
    stepped = "train_step" in own and id(own["train_step"]) in ran
    if stepped:
        # Keras calls no other method in training.
        left = [m for m in left if m.name != "call"]
    for again in (False, True):
        known = len(machine.heap)
        for method in sorted(left, key=lambda m: _turn(m.name)):
            found = machine.method_of(made, method.name)
            if found is None or found[0].node is not method or (not again and id(method) in ran):
                continue
            _run_method(machine, found[0], made, model=model)
        machine.run_handed()
        if len(machine.heap) == known:
            return


def _turn(name: str) -> int:
    """Methods that set something up come first, then those that compute what the loss is of."""
    return 0 if name in SETS_UP else 1 if name in _FIRST else 2


def _run_method(machine: Statements, closure: Closure, made: Object, *, model: bool) -> None:
    given = closure.node.args
    names = [a.arg for a in [*given.posonlyargs, *given.args][1:]]
    itself = Value(objects=frozenset({made}), known=True)
    args = [itself, *(_argument(name, machine, closure.file) for name in names)]
    name = getattr(closure.node, "name", "")
    entered = model and name in ("forward", "training_step")
    result = machine.enter(closure, args, {}, model=entered)
    if name == "training_step":
        frame = Frame(closure.module, closure.file, {})
        machine.note(Happened.RETURNED, machine.site(closure.node, frame), result, made)
    if name != "configure_optimizers":
        machine.leaves(result)
