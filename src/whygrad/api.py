"""The public calls. Here everything meets: observe, diagnose, report; each floor in its turn."""

from __future__ import annotations

import html
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import FrameType, TracebackType
from typing import Any

import whygrad
from whygrad.backends import BACKENDS, load
from whygrad.flow.recording import Message, Recording
from whygrad.model.errors import WhygradError
from whygrad.model.report import ExceptionRow
from whygrad.model.report import Report as PlainReport
from whygrad.runtime.backend import Session, StopScript
from whygrad.runtime.callsite import Callsites
from whygrad.runtime.messages import Warned, exception_row, raised
from whygrad.runtime.observation import Observation
from whygrad.runtime.own_files import lines_seen, own_files
from whygrad.runtime.script import Ending, Target, let_go, restored, roots_of, run_script
from whygrad.runtime.tracebacks import fault_line
from whygrad.source.files import Sources

_REPLAY_S = 10.0
"""Replays may take this long and half as long as the observed run."""

_STEPS_IN_A_BLOCK = 16
"""Steps of a `watch` block that are kept at most: each keeps its flow graph."""


@dataclass(frozen=True, slots=True, repr=False)
class Report(PlainReport):
    """What was found. `print(report)` shows it as the command does; so does a notebook."""

    def __str__(self) -> str:
        from whygrad.render import draws, render

        # `print` raises where standard output cannot spell a character.
        blocks = draws(getattr(sys.stdout, "encoding", None))
        return render(self, "terminal", color=False, blocks=blocks)

    def __repr__(self) -> str:
        found = ", ".join(f"`{f.cause}`" for f in self.findings) or "no findings"
        return f"<whygrad.Report: {found}; {self.steps} steps; print() shows it>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        text = str(self)
        return {"text/plain": text, "text/html": f"<pre>{html.escape(text)}</pre>"}


class NotTrainingError(AssertionError):
    """Raised by `assert_trains`; the message is the printed report, which it also carries."""

    def __init__(self, report: Report) -> None:
        super().__init__(f"\n{report}")
        self.report = report


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `run` gives: the report, and how the script ended."""

    report: Report
    ending: Ending
    in_child: bool = False
    """This is a process that the script forked; the report is for its parent to give."""
    files: Callable[[], tuple[str, ...]] = tuple
    """Gives the person's files that took part, as the report shows paths."""
    faulty: bool = False
    """Something of ours failed, so that silence says nothing."""

    @property
    def status(self) -> int:
        """The script's own exit status where it failed, else 1 with errors found, else 0.

        2 where a fault of ours left nothing judged: a pipeline must not take that for a pass.
        """
        if self.ending.status or self.in_child:
            return self.ending.status
        if self.report.errors:
            return 1
        return WhygradError.exit_code if self.faulty and not self.report.variables else 0


def run(
    target: str,
    argv: Sequence[str] = (),
    *,
    module: bool = False,
    steps: int = 3,
    keep_going: bool = False,
    restore: bool = True,
) -> Outcome:
    """Run a script (or, with `module`, what `python -m` would run) and watch its first steps.

    Raises InputError where there is nothing to run. With `restore` the process gets its own
    `__main__`, `sys.argv` and `sys.path` back afterwards.
    """
    if restore:
        with restored():
            return run(
                target, argv, module=module, steps=steps, keep_going=keep_going, restore=False
            )
    goal = Target(target, module)
    callsites, loaded = Callsites(extra_roots=roots_of(goal)), frozenset(sys.modules)
    session = Session(step_limit=steps, stop_script=not keep_going, callsites=callsites)
    began = time.perf_counter()
    with Observation(session, BACKENDS, load) as observation, Warned(callsites) as warned:
        ending = run_script(goal, argv)
        elapsed = time.perf_counter() - began
        if observation.in_child:
            return Outcome(_empty("run"), ending, in_child=True)
        report = _report("run", observation, warned, _failure(ending.error), elapsed)
    ending = let_go(ending)
    report = replace(report, stopped=ending.stopped, elapsed_s=elapsed)
    report = _with_notices(report, *_remarks(report, observation, ending))
    files = partial(own_files, callsites, loaded)
    report = _with_source(report, files, callsites)
    return Outcome(report, ending, files=files, faulty=bool(observation.faults))


def explain(model: Any, loss: Any = None, optimizer: Any = None) -> Report:
    """Say of every variable of `model` whether it trains. Call it right after a backward.

    Nothing was watched before the call, so what it knows is the state: who is registered, who
    is held by `optimizer`, which gradient is there, and what autograd still keeps behind `loss`.
    Where in the code a gradient was cut takes `watch`. Without `optimizer`, whether a variable
    is held is not judged. All three may be one object or a list of them.
    """
    began = time.perf_counter()
    session = Session(
        models=_named(model, sys._getframe(1)),
        optimizers=_several(optimizer),
        losses=_several(loss),
        after_backward=True,
    )
    with Observation(session, BACKENDS, load) as observation:
        report = _report("explain", observation, None, None)
    return replace(report, elapsed_s=time.perf_counter() - began)


class watch:  # noqa: N801  (used as a statement: `with whygrad.watch() as w`)
    """Watch the training steps inside a `with` block; afterwards `.report` tells what was seen.

    `model` and `optimizer` (each one or several) narrow down what is told; without them, all
    that takes part is. `steps` ends the watch earlier than the block does. An exception that
    leaves the block goes its way, and the report tells what was seen until then.
    """

    def __init__(self, model: Any = None, optimizer: Any = None, steps: int | None = None) -> None:
        models = () if model is None else _named(model, sys._getframe(1))
        self._session = Session(
            step_limit=steps if steps is not None else _STEPS_IN_A_BLOCK,
            models=models,
            find_living=not models,
            optimizers=_several(optimizer),
        )
        self._observation = Observation(self._session, BACKENDS, load)
        self._warned = Warned(self._session.callsites)
        self._began = 0.0
        self._report: Report | None = None

    def __enter__(self) -> watch:
        self._began = time.perf_counter()
        self._warned.__enter__()
        self._observation.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        elapsed = time.perf_counter() - self._began
        report = _report("watch", self._observation, self._warned, error, elapsed)
        self._observation.__exit__(kind, error, trace)
        self._warned.__exit__(kind, error, trace)
        stopped = "exception" if error else "steps" if self._session.limit_reached else "end"
        self._report = replace(report, elapsed_s=elapsed, stopped=stopped)

    @property
    def report(self) -> Report:
        """What was seen; there once the block is left."""
        if self._report is None:
            raise RuntimeError("the report is there once the `with` block has been left")
        return self._report


def assert_trains(
    model: Any, step: Callable[[], Any], optimizer: Any = None, *, steps: int = 2
) -> Report:
    """Call `step()` a few times and raise NotTrainingError where a variable does not train.

    For tests: `step` does one whole training step (forward, backward, optimizer step). Weights,
    optimizer state and random state are left as those steps leave them. Returns the report.
    """
    models = _named(model, sys._getframe(1))
    watched = watch(None, optimizer, steps)
    watched._session.models = models
    with watched:
        for _ in range(steps):
            step()
    report = watched.report
    if watched._observation.faults:
        # A pass that nothing stands behind must at least be seen.
        warnings.warn(f"{watched._observation.faults[0]}; nothing was asserted", stacklevel=2)
    elif report.errors or not report.steps:
        raise NotTrainingError(report)
    return report


def _report(
    kind: str,
    observation: Observation,
    warned: Warned | None,
    error: BaseException | None,
    elapsed: float = 0.0,
) -> Report:
    """Diagnose what was seen, and prove it. A fault of our own leaves a report that says so."""
    callsites = observation.session.callsites
    report = _empty(kind)
    try:
        row = exception_row(error, callsites) if error is not None else None
        said = (*(warned.messages if warned else ()), *raised(error, callsites))
        seen = [_completed(r, said, row) for r in observation.recordings()]
        for step in (step for r in seen for step in r.steps if observation.session.after_backward):
            # Autograd keeps only what carries a gradient: what it cut is not in this graph.
            step.graph.complete = False
        report = replace(report, exception=row, steps=max(map(_trained, seen), default=0))
        report = _diagnosed(report, seen, observation, elapsed)
    except Exception as fault:
        observation.fault(fault)
    return _with_notices(report, *observation.faults)


def _diagnosed(
    report: Report, seen: Sequence[Recording], observation: Observation, elapsed: float
) -> Report:
    from whygrad.diagnosis.diagnose import diagnose
    from whygrad.diagnosis.proof.replays import Budget

    session = observation.session
    sources = Sources(session.callsites.root)
    if session.after_backward:  # nothing was watched, so there is nothing to run again
        diagnosis = diagnose(seen, sources)
    else:
        budget = Budget(seconds=_REPLAY_S + elapsed / 2)
        with observation.replayers() as replayers:
            diagnosis = diagnose(seen, sources, replayers, budget)
    blind = [line for recording in seen for line in recording.blind]
    return replace(
        report,
        frameworks={k: v for recording in seen for k, v in recording.versions.items()},
        models=tuple(row for recording in seen for row in recording.models),
        variables=tuple(diagnosis.variables),
        modules=tuple(row for recording in seen for row in recording.modules),
        findings=tuple(diagnosis.findings),
        notices=tuple(dict.fromkeys((*blind, *diagnosis.notices))),
    )


def _with_source(
    report: Report, files: Callable[[], Sequence[str]], callsites: Callsites
) -> Report:
    """What the source of the person's files adds to it. A fault there costs no more than that."""
    try:
        from whygrad.config import usable_config
        from whygrad.diagnosis.joined import joined

        seen, wanted = partial(lines_seen, callsites), usable_config(callsites.root).wants
        more = joined(report, files, callsites.root, seen, wanted)
        return replace(report, findings=more.findings, notices=more.notices, unseen=more.unseen)
    except Exception as fault:
        return _with_notices(report, f"the source was not looked at: {fault_line(fault)}")


def _trained(recording: Recording) -> int:
    """How many training steps it holds: what came after the last one may be evaluation."""
    return sum(step.differentiated or step.stepped for step in recording.steps)


def _completed(
    recording: Recording, said: Sequence[Message], row: ExceptionRow | None
) -> Recording:
    messages = tuple(dict.fromkeys((*recording.messages, *said)))
    return replace(recording, messages=messages, exception=row)


def _remarks(report: Report, observation: Observation, ending: Ending) -> list[str]:
    """Why there is little or nothing to read, so that no screen is left empty."""
    remarks = []
    session = observation.session
    if session.stop_script and session.limit_reached and ending.stopped != "steps":
        remarks.append(
            "the script caught the request to stop after the last observed step (a bare"
            " `except:`, it seems), so it ran on, unobserved"
        )
    if observation.faults:
        return remarks
    if not observation.awake:
        names = ", ".join(f"`{name}`" for name in BACKENDS)
        remarks.append(f"the script did not import {names}, so there was nothing to observe")
    elif not report.models and not report.variables:
        remarks.append("no model was seen: nothing in the script holds variables to train")
    elif not report.steps:
        remarks.append("no training step was seen: nothing called `backward` or an optimizer")
    return remarks


def _failure(error: BaseException | None) -> BaseException | None:
    """What the report calls an exception: not an exit, not an interrupt, not our own stop."""
    return None if isinstance(error, SystemExit | KeyboardInterrupt | StopScript) else error


def _with_notices(report: Report, *notices: str) -> Report:
    return replace(report, notices=tuple(dict.fromkeys((*report.notices, *notices))))


def _empty(kind: str) -> Report:
    return Report(whygrad=whygrad.__version__, kind=kind)


def _several(value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list | tuple | set) else (value,)


def _named(model: Any, frame: FrameType) -> tuple[tuple[str, Any], ...]:
    """Each model with the name that the caller has for it."""
    if isinstance(model, dict):
        return tuple((str(name), value) for name, value in model.items())
    spaces = (frame.f_locals, frame.f_globals)
    named = []
    for number, one in enumerate(_several(model)):
        names = (n for space in spaces for n, v in list(space.items()) if v is one)
        plain = f"model{number}" if number else "model"
        named.append((next((n for n in names if not n.startswith("_")), plain), one))
    return tuple(named)
