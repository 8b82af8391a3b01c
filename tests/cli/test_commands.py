"""The commands around a report: pages of causes, saved reports, where output goes."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys

import pytest

from tests.render import reports
from whygrad import __version__
from whygrad.causes.order import IDS
from whygrad.cli import main
from whygrad.model import codec

REPORT = '{"schema": 1, "whygrad": "0.1.0", "kind": "run"}'


def called(capsys, *arguments):
    try:
        status = main([str(argument) for argument in arguments])
    except SystemExit as error:
        status = error.code
    out, err = capsys.readouterr()
    return status, out, err


def test_the_version(capsys):
    status, out, _ = called(capsys, "--version")
    assert (status, out) == (0, f"whygrad {__version__}\n")


def test_it_is_the_one_in_the_project_file():
    from pathlib import Path

    project = Path(__file__).parents[2] / "pyproject.toml"
    text = project.read_text()
    assert f'version = "{__version__}"' in text or 'dynamic = ["version"]' in text


@pytest.mark.parametrize("arguments", [(), ("frobnicate",), ("run",), ("explain",), ("render",)])
def test_wrong_usage_is_status_2_and_says_how(capsys, arguments):
    status, out, err = called(capsys, *arguments)
    assert status == 2 and out == "" and err.startswith("usage: whygrad")


def test_every_cause_has_a_page(capsys):
    for name in IDS:
        status, out, _ = called(capsys, "explain", name)
        assert status == 0 and f"`{name}`" in out and out.startswith("# ")


@pytest.mark.parametrize(
    "typed, meant",
    [("detatched", "detached"), ("optimizer", "not-in-optimizer"), ("`detach`", "detached")],
)
def test_an_unknown_cause_is_one_line_with_what_is_near(capsys, typed, meant):
    status, out, err = called(capsys, "explain", typed)
    assert status == 2 and out == ""
    assert err.startswith(f"whygrad: no cause is named `{typed}`; near it: ") and meant in err
    assert len(err.splitlines()) == 1


def test_an_unknown_cause_that_is_near_nothing(capsys):
    status, _, err = called(capsys, "explain", "zzzz")
    assert status == 2
    assert err == "whygrad: no cause is named `zzzz`; `whygrad causes` lists them\n"


def test_a_cause_may_be_typed_as_it_is_printed(capsys):
    assert called(capsys, "explain", "`Detached`")[0] == 0


def test_the_catalogue_in_its_order(capsys):
    status, out, _ = called(capsys, "causes")
    listed = [line.split()[0] for line in out.splitlines() if line.startswith("  ")]
    assert status == 0 and tuple(listed) == IDS


def test_a_saved_report_in_another_form(capsys, tmp_path):
    saved = tmp_path / "report.json"
    saved.write_text(REPORT)
    status, out, err = called(capsys, "render", saved, "--format", "json")
    assert status == 0 and err == "" and json.loads(out)["kind"] == "run"
    status, out, err = called(capsys, "render", saved)
    assert status == 0 and err == "" and "whygrad" in out


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 99}', '{"schema": 1}', "\ud800"])
def test_what_is_no_report_is_one_line(capsys, tmp_path, text):
    saved = tmp_path / "report.json"
    saved.write_bytes(text.encode("utf-8", "surrogatepass"))
    status, out, err = called(capsys, "render", saved)
    assert status == 2 and out == ""
    assert err.startswith("whygrad: ") and len(err.splitlines()) == 1


def test_a_report_that_is_not_there(capsys, tmp_path):
    status, _, err = called(capsys, "render", tmp_path / "no.json")
    assert status == 2 and err.startswith("whygrad: ") and len(err.splitlines()) == 1


def test_output_replaces_the_whole_file_and_keeps_its_mode(capsys, tmp_path):
    saved, wanted = tmp_path / "report.json", tmp_path / "out.json"
    saved.write_text(REPORT)
    wanted.write_text("something old and much longer than the report, for sure" * 100)
    wanted.chmod(0o640)
    status, out, _ = called(capsys, "render", saved, "--format", "json", "--output", wanted)
    assert status == 0 and out == ""
    assert json.loads(wanted.read_text())["schema"] == 1
    assert stat.S_IMODE(wanted.stat().st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.json", "report.json"]


def test_a_new_file_has_the_mode_that_others_get(capsys, tmp_path):
    saved, wanted, other = tmp_path / "report.json", tmp_path / "out.txt", tmp_path / "other"
    saved.write_text(REPORT)
    other.touch()
    assert called(capsys, "render", saved, "-o", wanted)[0] == 0
    assert wanted.stat().st_mode == other.stat().st_mode


def test_output_through_a_link_keeps_the_link(capsys, tmp_path):
    saved, target, link = tmp_path / "report.json", tmp_path / "target", tmp_path / "link"
    saved.write_text(REPORT)
    target.touch()
    link.symlink_to(target)
    assert called(capsys, "render", saved, "-o", link)[0] == 0
    assert link.is_symlink() and target.read_text()


def test_output_to_a_device(capsys, tmp_path):
    saved = tmp_path / "report.json"
    saved.write_text(REPORT)
    assert called(capsys, "render", saved, "-o", os.devnull)[0] == 0


@pytest.mark.parametrize("place", [".", "nowhere/out.json"])
def test_a_place_that_cannot_be_written_is_refused_before_the_script_runs(
    capsys, tmp_path, monkeypatch, place
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text("print('it ran')")
    status, out, err = called(capsys, "run", "--output", place, "train.py")
    assert status == 2 and out == ""
    assert err.startswith(f"whygrad: cannot write `{place}`: ")


@pytest.mark.parametrize("number", ["0", "-1", "x", "1.5", "", "²"])
def test_a_number_of_steps_that_is_none(capsys, number):
    status, _, err = called(capsys, "run", f"--steps={number}", "train.py")
    assert status == 2 and "a whole number of at least 1" in err


def test_an_unknown_option_before_the_script(capsys):
    status, _, err = called(capsys, "run", "--stepz", "3", "train.py")
    assert status == 2 and err.startswith("usage: ")


def test_importing_us_is_cheap():
    code = "import sys, whygrad; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"torch", "numpy", "rich", "argparse", "ast", "whygrad.api"}


def test_the_commands_load_no_framework_and_nothing_heavy_before_the_script(tmp_path):
    script = tmp_path / "train.py"
    script.write_text("import sys; print(*sorted(sys.modules))")
    done = subprocess.run(
        [sys.executable, "-m", "whygrad", "run", str(script)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert not set(done.stdout.split()) & {"torch", "numpy", "rich", "whygrad.backends.torch"}


def test_the_public_names():
    import whygrad

    for name in whygrad.__all__:
        assert getattr(whygrad, name).__name__ == name
    assert set(whygrad.__all__) <= set(dir(whygrad))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        whygrad.nothing  # noqa: B018


def test_the_name_explain_is_the_call_whatever_was_imported_before():
    import whygrad
    import whygrad.cli.explain

    assert callable(whygrad.explain) and whygrad.explain.__module__ == "whygrad.api"


def test_all_shows_what_a_healthy_report_keeps_to_itself(capsys, tmp_path):
    path = tmp_path / "r.json"
    path.write_text(codec.dumps(reports.NOTHING))
    _, short, _ = called(capsys, "render", str(path))
    _, long, _ = called(capsys, "render", str(path), "--all")
    assert len(short.splitlines()) == 1
    assert [name in long for name in ("encoder", "weight", "bias", "log")] == [True] * 4


def test_bars_are_ascii_where_the_stream_is(tmp_path):
    path = tmp_path / "r.json"
    path.write_text(codec.dumps(reports.FLOW))
    ran = subprocess.run(
        [sys.executable, "-m", "whygrad", "render", str(path)],
        env=os.environ | {"PYTHONIOENCODING": "ascii", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "#--" in ran.stdout
    assert "?" not in ran.stdout
