"""One observation: the backends that are awake, faults of our own, and processes that fork."""

from __future__ import annotations

import contextlib
import os
import weakref
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType

from whygrad.flow.recording import Recording
from whygrad.flow.replaying import Replayer
from whygrad.runtime.backend import Backend, Observer, Session
from whygrad.runtime.tracebacks import fault_line
from whygrad.runtime.wake import Alarm

_FAULTS_TOLD = 3


class Observation:
    """Attaches each backend when its framework is there; never raises into the script."""

    def __init__(
        self, session: Session, frameworks: Mapping[str, str], load: Callable[[str], Backend]
    ) -> None:
        self.session = session
        self.process = os.getpid()
        self.faults: list[str] = []
        self._load = load
        self._observers: list[Observer] = []
        self._recorded: list[Observer] = []
        self._alarm = Alarm(frameworks, self._attach)
        session.on_fault = self.fault
        _watch_forks(self)

    def __enter__(self) -> Observation:
        self._alarm.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._alarm.__exit__(kind, error, trace)
        self.detach()

    @property
    def awake(self) -> bool:
        """Whether any backend was attached."""
        return bool(self._observers)

    @property
    def in_child(self) -> bool:
        """Whether this is a process that the script forked: its report is the parent's."""
        return os.getpid() != self.process

    def fault(self, error: BaseException) -> None:
        """Keep a fault of our own, to be told once the script has ended."""
        line = fault_line(error)
        if line not in self.faults and len(self.faults) < _FAULTS_TOLD:
            self.faults.append(line)

    def recordings(self) -> list[Recording]:
        """What every backend saw until now. Call it before the script's frames are let go."""
        found = []
        self._recorded = []
        for observer in self._observers:
            try:
                found.append(observer.recording())
                self._recorded.append(observer)
            except Exception as error:
                self.fault(error)
        return found

    @contextlib.contextmanager
    def replayers(self) -> Iterator[list[Replayer | None]]:
        """What can run the observed steps again, one for each of the last `recordings`. It keeps
        tensors, and lets them go at the end. Nothing is observed any more while it does.
        """
        found: list[Replayer | None] = []
        for observer in self._recorded:
            try:
                found.append(observer.replayer())
            except Exception as error:
                self.fault(error)
                found.append(None)
        self.detach()
        try:
            yield found
        finally:
            for replayer in found:
                try:
                    if replayer is not None:
                        replayer.release()
                except Exception as error:
                    self.fault(error)

    def detach(self) -> None:
        """Let go of every framework. Calling it twice does nothing."""
        for observer in self._observers:
            try:
                observer.detach()
            except Exception as error:
                self.fault(error)

    def _attach(self, framework: str) -> None:
        try:
            self._observers.append(self._load(framework).attach(self.session))
        except Exception as error:
            self.fault(error)


_alive: weakref.WeakSet[Observation] = weakref.WeakSet()
_registered: list[bool] = []


def _watch_forks(observation: Observation) -> None:
    """Make a forked worker run as if nobody watched. Such a hook cannot be taken back."""
    _alive.add(observation)
    if not _registered and hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_let_go_in_child)
        _registered.append(True)


def _let_go_in_child() -> None:
    for observation in list(_alive):
        with contextlib.suppress(Exception):
            observation.detach()
