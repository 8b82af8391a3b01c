"""Which Keras a file's Keras is, and how that is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from whygrad.diagnosis.in_source import findings_in
from whygrad.model.finding import Severity
from whygrad.source.project.declared import asked_for
from whygrad.source.project.keras_version import keras_of
from whygrad.source.project.project import Project, read_project

NET = """\
import tensorflow as tf

class Net(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.gamma = tf.Variable(tf.random.normal([64]))

    def call(self, x):
        return x * self.gamma
"""


def project(folder: Path, text: str = NET, *, installed: str = "", **files: str) -> Project:
    (folder / ".git").mkdir()
    (folder / "src").mkdir()
    (folder / "src" / "net.py").write_text(text)
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_text(content)
    site = folder / "site"
    site.mkdir()
    if installed:
        (site / f"keras-{installed}.dist-info").mkdir()
    return read_project([folder / "src"], jobs=1, installed=(str(site),))


ASKED = {
    "tensorflow>=2.16": 3, "tensorflow==2.21.0": 3, "tensorflow-cpu~=2.17": 3, "keras>=3": 3,
    "keras>=3.0,<4": 3, "tensorflow[and-cuda]>=2.18": 3, "tensorflow<2.16": 2,
    "tensorflow==2.15.1": 2, "tensorflow==2.12.*": 2, "tensorflow>=2.4,<2.16": 2, "keras<3": 2,
    "keras==2.15.0": 2, "tensorflow <= 2.15": 2, "tensorflow-gpu==2.10": 2, "tensorflow>=2.4": None,
    "tensorflow>=2.4,<3": None, "tensorflow~=2.12": None, "tensorflow~=2.12.0": 2,
    "TensorFlow == 2.12": 2, "tensorflow ~= 2.15.0": 2, "tensorflow~=2.16.1": 3, "Keras<3": 2,
    "tensorflow<2.16.1": None, "tensorflow<=2.16": None, "tensorflow<=2.15.1": 2,
    "tensorflow>=2.4,!=2.7.0,<2.13": 2, "tensorflow!=2.16": None, "tensorflow==2.*": None,
    "tensorflow===2.12.1": 2, "tensorflow==2.12.0+nv23.5": 2, "tensorflow==2.16.0rc1": 3,
    "tensorflow-cpu-aws==2.15": 2, "tensorflow_cpu==2.15": 2, "tensorflow [and-cuda] == 2.18": 3,
    "tensorflow==2.12; python_version < '3.12'": 2, "keras==2": 2, "tensorflow>2.16": 3,
}  # fmt: skip


@pytest.mark.parametrize("line", ASKED)
def test_requirements(tmp_path: Path, line: str) -> None:
    (tmp_path / "requirements.txt").write_text(f"numpy>=1.20\n# keras==1.0\n{line}  # the model\n")
    found = asked_for(f"{tmp_path.as_posix()}/net.py")
    assert found is not None and found.major == ASKED[line]
    assert found.path == "requirements.txt"


@pytest.mark.parametrize(
    ("name", "content", "major"),
    [
        ("pyproject.toml", '[project]\ndependencies = ["tensorflow>=2.16", "numpy"]\n', 3),
        ("pyproject.toml", '[tool.poetry.dependencies]\ntensorflow = "^2.16"\n', 3),
        ("pyproject.toml", '[tool.poetry.dependencies]\ntensorflow = "2.13.0"\n', 2),
        ("pyproject.toml", '[tool.poetry.dependencies]\ntensorflow = "~2.12"\n', 2),
        ("pyproject.toml", '[tool.poetry.dependencies]\ntensorflow = "~2.12.1"\n', 2),
        ("pyproject.toml", '[tool.poetry.dependencies]\ntensorflow = "~2"\n', None),
        ("pyproject.toml", '[tool.poetry.dependencies]\ntensorflow = "^2.12"\n', None),
        ("pyproject.toml", '[tool.poetry.dependencies]\ntensorflow = "2.12.*"\n', 2),
        ("pyproject.toml", '[tool.poetry.dependencies]\ntensorflow = ">=2.9 <2.13"\n', 2),
        ("pyproject.toml", '[tool.poetry.dependencies]\ntensorflow = "~2.9 || ~2.12"\n', 2),
        ("pyproject.toml", '[tool.poetry.dependencies]\ntensorflow = "~2.12 || ~2.17"\n', None),
        (
            "pyproject.toml",
            '[tool.poetry.dependencies]\ntensorflow = {extras = ["x"], version = "~2.12"}\n',
            2,
        ),
        (
            "pyproject.toml",
            '[tool.poetry.dependencies.tensorflow]\nextras = []\nversion = "~2.12"\n',
            2,
        ),
        ("Pipfile", '[packages]\ntensorflow = {version = "==2.12.0"}\nnumpy = "*"\n', 2),
        ("setup.cfg", "[options]\ninstall_requires =\n    tensorflow>=2.17\n", 3),
        ("setup.py", "setup(install_requires=['tensorflow>=2.2,<2.12'])\n", 2),
        ("environment.yml", "dependencies:\n  - python=3.10\n  - tensorflow=2.10\n", 2),
        ("environment.yml", "dependencies:\n  - conda-forge::tensorflow=2\n", None),
        ("environment.yml", "dependencies:\n  - tensorflow >=2.10,<2.12\n", 2),
    ],
)
def test_other_files(tmp_path: Path, name: str, content: str, major: int | None) -> None:
    (tmp_path / name).write_text(content)
    found = asked_for(f"{tmp_path.as_posix()}/src/deep/net.py")
    assert found is not None and found.major == major and found.path == name


@pytest.mark.parametrize(
    "line", ["tensorflow", "tensorflow-probability==0.20", "tf-keras>=2.16", "keras-cv==0.9", ""]
)
def test_what_says_nothing(tmp_path: Path, line: str) -> None:
    (tmp_path / "requirements.txt").write_text(f"{line}\n")
    (tmp_path / ".git").mkdir()
    assert asked_for(f"{tmp_path.as_posix()}/net.py") is None


def test_the_description_of_an_installed_package(tmp_path: Path) -> None:
    package, info = tmp_path / "nets", tmp_path / "my_nets-1.0.dist-info"
    package.mkdir()
    info.mkdir()
    (info / "METADATA").write_text("Name: my-nets\nRequires-Dist: tensorflow (<2.16,>=2.9)\n")
    (info / "top_level.txt").write_text("nets\n")
    found = asked_for(f"{package.as_posix()}/layers.py")
    assert found is not None and found.major == 2


@pytest.mark.parametrize(
    ("files", "installed", "severity", "why"),
    [
        ({}, "", "warning", "Keras 3 is assumed, since nothing says which it is"),
        ({}, "3.15.1", "error", "Keras 3.15 is installed"),
        ({"requirements__txt": "tensorflow>=2.16"}, "", "error", "`tensorflow>=2.16` in"),
        ({"requirements__txt": "tensorflow>=2.4"}, "3.15.1", "warning", "allows Keras 3"),
        ({"requirements__txt": "tensorflow<2.16"}, "3.15.1", None, ""),
        ({}, "2.15.0", None, ""),
    ],
)
def test_what_is_told(
    tmp_path: Path, files: dict[str, str], installed: str, severity: str | None, why: str
) -> None:
    found = findings_in(project(tmp_path, installed=installed, **files))
    assert [f.severity.value for f in found] == ([severity] if severity else [])
    assert all(any(why in line for line in f.evidence) for f in found)


@pytest.mark.parametrize(
    ("head", "major"),
    [
        ("from tf_keras import Model\n", 3),  # of this file's `tf.keras` it says nothing
        ("tf.keras.backend.clear_session()\n", 3),
        ("import os\nos.environ['TF_USE_LEGACY_KERAS'] = '1'\n", 2),
        ("import tensorflow_addons as tfa\n", 2),
        ("session = tf.compat.v1.Session()\n", 2),
    ],
)
def test_what_the_code_says(tmp_path: Path, head: str, major: int) -> None:
    found = project(tmp_path, NET.replace("\n\nclass", f"\n{head}\nclass"))
    keras = keras_of(found, f"{tmp_path.as_posix()}/src/net.py")
    assert keras.major == major
    assert [f.severity for f in findings_in(found)] == ([Severity.WARNING] if major == 3 else [])


def test_each_file_tells_where_the_code_says_both(tmp_path: Path) -> None:
    """Scripts for old checkpoints lie beside layers of Keras 3."""
    found = project(tmp_path, "import keras\nx = keras.ops.ones(3)\n" + NET)
    (tmp_path / "src" / "old.py").write_text(
        "import tensorflow as tf\ns = tf.compat.v1.Session()\n"
    )
    (tmp_path / "src" / "plain.py").write_text(NET)
    found = read_project([tmp_path / "src"], jobs=1, installed=())
    majors = {
        name: keras_of(found, f"{tmp_path.as_posix()}/src/{name}.py") for name in ("net", "plain")
    }
    assert (majors["net"].major, majors["net"].certain) == (3, True)
    assert (majors["plain"].major, majors["plain"].certain) == (2, True)
