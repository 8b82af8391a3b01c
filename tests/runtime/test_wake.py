"""The alarm rings just after the person's own import, and is seen by nobody."""

from __future__ import annotations

import importlib
import importlib.util
import sys

import pytest

from whygrad.runtime.wake import Alarm


@pytest.fixture
def framework(tmp_path, monkeypatch):
    """A folder to write modules into, which can be imported and are forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def rung_by(names=("frame",)):
    rung = []
    return Alarm(names, rung.append), rung


def test_it_rings_once_after_the_module_has_run(framework):
    (framework / "frame.py").write_text("import sys\nready = False\nready = True\n")
    seen = []
    with Alarm(["frame"], lambda name: seen.append((name, sys.modules[name].ready))):
        importlib.import_module("frame")
        importlib.import_module("frame")
    assert seen == [("frame", True)]


def test_the_module_is_as_if_imported_without_us(framework):
    (framework / "frame.py").write_text("from importlib.resources import files\n")
    alarm, _ = rung_by()
    with alarm:
        import frame
    assert type(frame.__loader__).__name__ == "SourceFileLoader"
    assert frame.__spec__.loader is frame.__loader__
    assert "exec_module" not in vars(frame.__loader__)
    assert alarm not in sys.meta_path


def test_a_submodule_wakes_its_package_first(framework):
    (framework / "frame").mkdir()
    (framework / "frame/__init__.py").write_text("")
    (framework / "frame/nn.py").write_text("import sys\nwoken = list(sys.rung)\n")
    alarm, rung = rung_by()
    sys.rung = rung
    with alarm:
        import frame.nn
    del sys.rung
    assert frame.nn.woken == ["frame"]


def test_a_library_that_imports_it_wakes_it(framework):
    (framework / "frame.py").write_text("")
    (framework / "library.py").write_text("import frame")
    alarm, rung = rung_by()
    with alarm:
        import library  # noqa: F401
    assert rung == ["frame"]


def test_a_failed_import_wakes_nobody_and_may_succeed_later(framework):
    (framework / "frame.py").write_text("raise ImportError('no driver')")
    alarm, rung = rung_by()
    with alarm:
        with pytest.raises(ImportError, match="no driver"):
            import frame
        assert rung == []
        (framework / "frame.py").write_text("driver = 'mended by now'")
        importlib.invalidate_caches()
        import frame

        assert rung == ["frame"]
    assert frame.driver


def test_a_framework_that_is_not_there(framework):
    alarm, rung = rung_by(["no_such_framework"])
    with alarm, pytest.raises(ModuleNotFoundError, match="No module named 'no_such_framework'"):
        import no_such_framework  # noqa: F401
    assert rung == []


def test_looking_for_it_is_not_importing_it(framework):
    (framework / "frame.py").write_text("")
    alarm, rung = rung_by()
    with alarm:
        assert importlib.util.find_spec("frame") is not None
        assert rung == [] and "frame" not in sys.modules
        import frame  # noqa: F401
    assert rung == ["frame"]


def test_one_that_is_there_already_rings_at_once(framework):
    (framework / "frame.py").write_text("")
    import frame  # noqa: F401

    alarm, rung = rung_by()
    with alarm:
        assert rung == ["frame"]
    assert rung == ["frame"]


def test_nothing_rings_after_the_watch(framework):
    (framework / "frame.py").write_text("")
    alarm, rung = rung_by()
    with alarm:
        spec = importlib.util.find_spec("frame")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    import frame  # noqa: F401

    assert rung == []


def test_it_never_imports_a_framework_itself():
    alarm, rung = rung_by(["this"])
    with alarm:
        pass
    assert "this" not in sys.modules and rung == []


def test_a_folder_of_the_same_name_is_no_framework(framework):
    (framework / "frame").mkdir()
    early, rung = rung_by()
    with early:
        import frame
    late, rung_later = rung_by()
    with late:
        assert frame.__path__
    assert rung == rung_later == []
