"""A script under `whygrad run` is a guest: it cannot tell, but for the time, that we are there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

SEEN = """
import json, sys, threading
m = sys.modules["__main__"]
print(json.dumps({
    "name": __name__, "file": __file__, "package": __package__, "spec": str(__spec__),
    "loader": type(__loader__).__name__, "cached": __cached__, "argv": sys.argv,
    "path": sys.path, "names": sorted(globals()), "main": m.__dict__ is globals(),
    "repr": repr(m), "builtins": type(__builtins__).__name__, "annotations": __annotations__,
    "flags": str(sys.flags), "stdout": sys.stdout is sys.__stdout__, "doc": __doc__,
}))
"""


def python(*arguments, cwd=None, **kwargs):
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd, capture_output=True, text=True, timeout=120, check=False, **kwargs,
    )  # fmt: skip


def whygrad(*arguments, cwd=None, **kwargs):
    return python("-m", "whygrad", "run", *arguments, cwd=cwd, **kwargs)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "spelling", ["train.py", "./train.py", "./sub/../train.py", "link/train.py", "linked.py"]
)
def test_a_file_sees_what_python_shows_it(tmp_path, spelling):
    write(tmp_path, "train.py", SEEN)
    (tmp_path / "sub").mkdir()
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "linked.py").symlink_to(tmp_path / "train.py")
    plain = json.loads(python(spelling, "--lr", "1", cwd=tmp_path).stdout)
    seen = json.loads(whygrad(spelling, "--lr", "1", cwd=tmp_path).stdout)
    assert seen == plain


def test_an_absolute_path_from_elsewhere(tmp_path):
    path = write(tmp_path, "a/train.py", SEEN)
    assert json.loads(whygrad(path, cwd="/").stdout) == json.loads(python(path, cwd="/").stdout)


@pytest.mark.parametrize("name", ["train", "pack", "pack.inner", "pack.deep.er"])
def test_a_module_sees_what_python_shows_it(tmp_path, name):
    write(tmp_path, "train.py", SEEN)
    for part in ("pack/__init__.py", "pack/deep/__init__.py"):
        write(tmp_path, part, "")
    for part in ("pack/__main__.py", "pack/inner.py", "pack/deep/er.py"):
        write(tmp_path, part, SEEN)
    plain = json.loads(python("-m", name, "x", cwd=tmp_path).stdout)
    seen = json.loads(whygrad("-m", name, "x", cwd=tmp_path).stdout)
    assert plain["spec"].partition(" at 0x")[0] == seen["spec"].partition(" at 0x")[0]
    assert {**seen, "spec": ""} == {**plain, "spec": ""}


@pytest.mark.parametrize("options", [("-m", "whygrad"), ()])
def test_both_ways_to_call_us_give_the_script_its_own_path(tmp_path, options):
    write(tmp_path, "helper.py", "here = 1")
    write(tmp_path, "train.py", "import helper; print(helper.here)")
    installed = [Path(sys.executable).with_name("whygrad")]
    command = [sys.executable, *options] if options else installed
    command += ["run", tmp_path / "train.py"]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    assert done.stdout == "1\n", done.stderr


def test_options_behind_the_script_are_the_scripts(tmp_path):
    write(tmp_path, "train.py", "import sys; print(sys.argv)")
    done = whygrad("--steps", "2", "train.py", "--steps", "9", "--", "-m", "x", cwd=tmp_path)
    assert done.stdout == "['train.py', '--steps', '9', '--', '-m', 'x']\n"


ENDINGS = {
    "an error": "def f():\n    raise ValueError('no')\nf()\n",
    "a chain": "try:\n    1 / 0\nexcept ArithmeticError as e:\n    raise OSError('x') from e\n",
    "exit with a number": "import sys; sys.exit(7)",
    "exit with minus one": "import sys; sys.exit(-1)",
    "exit with 256": "import sys; sys.exit(256)",
    "exit with text": "import sys; sys.exit('all is lost')",
    "exit with nothing": "raise SystemExit",
    "exit in a function called at exit": "import atexit\natexit.register(print, 'bye')\nexit(3)",
    "hard exit": "import os, sys; print('x', flush=True); os._exit(5)",
    "its own excepthook": "import sys\nsys.excepthook = lambda *a: print('mine', a[1])\n1 / 0\n",
    "a broken excepthook": "import sys\nsys.excepthook = None\n1 / 0\n",
    "an import that fails": "import nowhere_to_be_found\n",
    "a syntax error in an import": "import broken\n",
    "recursion": "def f(n):\n    return f(n + 1)\nf(0)\n",
    "a lost hook": "import sys\ndel sys.excepthook\n1 / 0\n",
}


@pytest.mark.parametrize("body", ENDINGS.values(), ids=ENDINGS)
@pytest.mark.parametrize("module", [False, True], ids=["file", "module"])
def test_it_ends_as_under_python(tmp_path, body, module):
    write(tmp_path, "train.py", body)
    write(tmp_path, "broken.py", "def f(:\n")
    target = ("-m", "train") if module else ("train.py",)
    plain = python(*target, cwd=tmp_path)
    seen = whygrad(*target, cwd=tmp_path)
    assert seen.returncode == plain.returncode
    assert seen.stdout == plain.stdout
    # We stand on the stack below the script, so recursion ends a few calls earlier.
    repeated = re.compile(r"repeated \d+ more")
    assert repeated.sub("", seen.stderr).startswith(repeated.sub("", plain.stderr))


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_interrupt_keeps_its_traceback_and_its_status(tmp_path):
    write(tmp_path, "train.py", "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    plain, seen = python("train.py", cwd=tmp_path), whygrad("train.py", cwd=tmp_path)
    assert seen.stderr.startswith(plain.stderr) and "KeyboardInterrupt" in seen.stderr
    assert seen.returncode == 130


BAD = {
    "missing": ("no.py", "no such file: `no.py`"),
    "a folder": (".", "`.` is a directory"),
    "not Python": ("bad.py", "bad.py:2: syntax error"),
    "null bytes": ("null.py", "null"),
    "unknown encoding": ("coding.py", "coding.py: syntax error"),
    "an odd name": ("a\nb.py", "no such file"),
}


@pytest.mark.parametrize("name, line", BAD.values(), ids=BAD)
def test_what_cannot_be_run_is_one_line_and_status_2(tmp_path, name, line):
    write(tmp_path, "bad.py", "x = 1\ndef f(:\n")
    (tmp_path / "null.py").write_bytes(b"x = 1\n\0\n")
    (tmp_path / "coding.py").write_bytes(b"# coding: klingon\nx = 1\n")
    done = whygrad(name, cwd=tmp_path)
    assert done.returncode == 2
    assert line in done.stderr and "Traceback" not in done.stderr
    assert done.stderr.startswith("whygrad: ") and len(done.stderr.strip().splitlines()) <= 2
    assert done.stdout == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read all")
def test_an_unreadable_file(tmp_path):
    write(tmp_path, "train.py", "").chmod(0)
    done = whygrad("train.py", cwd=tmp_path)
    assert done.returncode == 2 and "cannot read `train.py`: Permission denied" in done.stderr


@pytest.mark.parametrize("name", ["nowhere", "pack.nowhere", "pack", "train.py", ".train"])
def test_a_module_that_cannot_be_run(tmp_path, name):
    write(tmp_path, "pack/__init__.py", "")
    write(tmp_path, "train.py", "")
    done = whygrad("-m", name, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"whygrad: cannot run module `{name}`: ")
    assert "Traceback" not in done.stderr


def test_children_of_multiprocessing_import_the_script_and_print_no_report(tmp_path):
    body = """
import multiprocessing as mp

def work(n):
    return n * 2

if __name__ == "__main__":
    with mp.get_context({method!r}).Pool(2) as pool:
        print(pool.map(work, [1, 2, 3]))
"""
    for method in ("spawn", "fork", "forkserver"):
        write(tmp_path, "train.py", body.format(method=method))
        for target in (("train.py",), ("-m", "train")):
            done = whygrad("--format", "json", *target, cwd=tmp_path)
            assert done.stdout == "[2, 4, 6]\n", done.stderr
            assert done.stderr.count("did not import") == 1


def test_a_forked_child_that_runs_to_the_end_prints_no_report(tmp_path):
    body = """
import os, sys
pid = os.fork()
if not pid:
    sys.exit(4)
print(os.waitpid(pid, 0)[1] >> 8)
"""
    write(tmp_path, "train.py", body)
    done = whygrad("--format", "json", "train.py", cwd=tmp_path)
    assert done.stdout == "4\n"
    assert done.stderr.count("did not import") == 1


@pytest.mark.parametrize(
    "body",
    [
        "import io, sys\nsys.stdout = sys.stderr = io.StringIO()\nprint('lost')\n",
        "import sys\nsys.stdout.close()\n",
        "import sys\nsys.stderr.close()\nsys.stderr = sys.__stderr__ = open('/dev/null', 'w')\n",
        "import sys\ndel sys.stdout, sys.stderr\n",
    ],
    ids=["replaced", "closed", "errors closed", "deleted"],
)
def test_streams_that_the_script_replaces(tmp_path, body):
    write(tmp_path, "train.py", body)
    done = whygrad("--output", "report.json", "--format", "json", "train.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert json.loads((tmp_path / "report.json").read_text())["kind"] == "run"
    done = whygrad("train.py", cwd=tmp_path)
    assert "Traceback" not in done.stderr


def test_pickles_of_the_scripts_own_classes(tmp_path):
    body = """
import atexit, pickle

class Mine:
    pass

atexit.register(lambda: print(type(pickle.loads(pickle.dumps(Mine()))).__qualname__))
"""
    write(tmp_path, "train.py", body)
    assert whygrad("train.py", cwd=tmp_path).stdout == "Mine\n"


def test_a_script_that_goes_elsewhere(tmp_path):
    (tmp_path / "sub").mkdir()
    body = """
import atexit, os
os.chdir("sub")
atexit.register(lambda: print(os.path.basename(os.getcwd())))
1 / 0
"""
    write(tmp_path, "train.py", body)
    done = whygrad("-o", "report.json", "--format", "json", "train.py", cwd=tmp_path)
    assert done.stdout == "sub\n"
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["exception"]["location"]["path"] == "train.py"


def test_a_script_that_removes_the_folder_it_stands_in(tmp_path):
    (tmp_path / "sub").mkdir()
    write(tmp_path, "train.py", "import os\nos.rmdir(os.getcwd())\n")
    done = whygrad("--format", "json", "../train.py", cwd=tmp_path / "sub")
    assert done.returncode == 0 and json.loads(done.stderr)["kind"] == "run"
