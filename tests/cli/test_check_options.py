"""What options do together, and files that cannot be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.checking import BROKEN, MENDED, called, notebook

pytestmark = pytest.mark.usefixtures("folder")


def test_causes_that_are_picked_in_several_options_all_count(capsys):
    Path("net.py").write_text(BROKEN)
    both = [("unregistered-tensor",), ("unregistered-container", "vanishing")]
    for option, status in (("--select", 1), ("--ignore", 0)):
        given = [word for causes in both for word in (option, ",".join(causes))]
        told, out, _ = called(capsys, *given)
        assert (told, out.splitlines()[-1]) == (
            status, "whygrad: 2 errors" if status else "whygrad: nothing found"
        )  # fmt: skip


@pytest.mark.parametrize("option", ["--statistics", "--diff"])
@pytest.mark.parametrize("form", ["json", "sarif", "github", "markdown"])
def test_plain_text_and_another_form_do_not_go_together(capsys, option, form):
    Path("net.py").write_text(BROKEN)
    status, out, err = called(capsys, option, "--format", form)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert f"`{option}` and `--format {form}` do not go together" in err


@pytest.mark.parametrize("option", ["--statistics", "--diff"])
def test_plain_text_goes_where_it_is_asked_to(capsys, option):
    Path("net.py").write_text(BROKEN)
    told = called(capsys, option)[1]
    assert called(capsys, option, "--output", "told.txt")[1] == ""
    assert Path("told.txt").read_text() == told != ""


def test_a_file_that_cannot_be_written_is_one_line_and_the_rest_is_fixed(capsys):
    for name in ("a.py", "b.py", "c.py"):
        Path(name).write_text(BROKEN)
    Path("b.py").chmod(0o444)
    status, out, err = called(capsys, "--fix")
    assert (status, err) == (1, "")
    assert [Path(f"{name}.py").read_text() == MENDED for name in "abc"] == [True, False, True]
    assert "- b.py: not fixed: it is read-only" in out and "b.py:8:9" in out
    assert "fixed: 4 findings are no longer there" in out
    assert Path("b.py").stat().st_mode & 0o777 == 0o444


def test_a_file_that_turns_out_not_to_be_writable_is_named_itself(capsys, monkeypatch):
    import tempfile

    make = tempfile.mkstemp

    def full(dir, **others):
        if Path(dir).name == "full":
            raise OSError(28, "No space left on device", f"{dir}/.net.py.x")
        return make(dir=dir, **others)

    monkeypatch.setattr(tempfile, "mkstemp", full)
    Path("full").mkdir()
    for name in ("a.py", "full/net.py", "z.py"):
        Path(name).write_text(BROKEN)
    status, out, _ = called(capsys, "--fix", "--no-cache")
    assert status == 1 and Path("a.py").read_text() == Path("z.py").read_text() == MENDED
    told = " ".join(out.split())
    why = "it cannot be written (No space left on device)"
    assert f"- full/net.py: not fixed: {why}" in told and ".net.py.x" not in told


def test_a_notebook_that_cannot_be_written_is_one_line(capsys):
    Path("net.ipynb").write_text(notebook(indent=1))
    Path("net.ipynb").chmod(0o444)
    status, out, _ = called(capsys, "--fix")
    assert status == 1 and out.count("net.ipynb: not fixed: it is read-only") == 1
