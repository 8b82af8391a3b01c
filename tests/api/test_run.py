"""Every way in which a script can end gives whatever report can be had."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

torch = pytest.importorskip("torch")

from whygrad import api, backends  # noqa: E402
from whygrad.model.errors import InputError  # noqa: E402

MODEL = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 4)
        self.head = nn.Linear(4, 1)

    def forward(self, x):
        return self.head(self.body(x).detach())

model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x = torch.randn(8, 4)

def step():
    optimizer.zero_grad()
    loss = model(x).pow(2).mean()
    loss.backward()
    optimizer.step()
    return loss
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(body, **options):
        (tmp_path / "train.py").write_text(MODEL + textwrap.dedent(body))
        return api.run("train.py", **options)

    return run


def causes(outcome):
    return [finding.cause for finding in outcome.report.findings]


def notices(outcome):
    return " ".join(outcome.report.notices)


def test_the_steps_asked_for_and_no_more(run, capsys):
    outcome = run("for i in range(10):\n    step()\n    print(i)\n", steps=2)
    assert outcome.report.stopped == "steps" and outcome.report.steps == 2
    assert capsys.readouterr().out == "0\n"
    assert causes(outcome) == ["detached"] and outcome.status == 1
    assert outcome.report.findings[0].location.path == "train.py"


def test_it_may_go_on(run, capsys):
    outcome = run("for i in range(5):\n    step()\nprint(i)\n", steps=2, keep_going=True)
    assert outcome.report.stopped == "end" and outcome.report.steps == 2
    assert capsys.readouterr().out == "4\n" and outcome.status == 1
    assert not outcome.report.notices


def test_a_healthy_script_is_status_0(run):
    outcome = run("Net.forward = lambda self, x: self.head(self.body(x))\nstep()\n")
    assert outcome.status == 0 and outcome.report.stopped == "end" and not causes(outcome)


def test_what_is_to_be_done_at_the_end_is_done_when_it_is_stopped(run, capsys):
    outcome = run("""
        try:
            while True:
                step()
        except Exception:
            print("never")
        finally:
            print("finally")
    """)
    assert outcome.report.stopped == "steps"
    assert capsys.readouterr().out == "finally\n"


def test_a_script_that_catches_everything_runs_on_unobserved(run, capsys):
    outcome = run("""
        for i in range(5):
            try:
                step()
            except:
                print("caught")
        print("done")
    """)
    assert capsys.readouterr().out == "caught\ndone\n"
    assert outcome.report.steps == 3 and outcome.report.stopped == "end"
    assert "caught the request to stop" in notices(outcome)
    assert causes(outcome) == ["detached"]


def test_a_loop_without_an_optimizer_is_stopped_too(run, capsys):
    outcome = run("""
        del optimizer
        for i in range(9):
            model(x).sum().backward()
            with torch.no_grad():
                for p in model.parameters():
                    if p.grad is not None:
                        p -= 0.1 * p.grad
                        p.grad = None
            print(i)
    """, steps=2)  # fmt: skip
    assert outcome.report.stopped == "steps"
    assert capsys.readouterr().out == "0\n"


@pytest.mark.parametrize(
    "body, steps",
    [
        ("raise ValueError('before')\n", 0),
        ("step()\nraise ValueError('after')\n", 1),
        ("loss = model(x).mean()\nraise ValueError('in')\nloss.backward()\n", 0),
    ],
)
def test_a_script_that_raises_still_gets_its_report(run, capsys, body, steps):
    outcome = run(body)
    assert outcome.status == 1 and outcome.report.stopped == "exception"
    row = outcome.report.exception
    assert row.type == "ValueError" and row.location.path == "train.py"
    assert row.location.source.startswith("raise ValueError(")
    assert [r.name for r in outcome.report.models] == ["model"] or steps == 0
    assert "detached" in causes(outcome) or steps == 0
    shown = capsys.readouterr().err
    assert shown.startswith("Traceback (most recent call last):\n") and "whygrad" not in shown


def test_its_own_status_is_kept(run):
    outcome = run("step()\nimport sys\nsys.exit(5)\n")
    assert outcome.status == 5 and outcome.report.stopped == "exit"
    assert causes(outcome) == ["detached"]


def test_an_exit_with_0_leaves_the_status_to_the_findings(run):
    assert run("step()\nimport sys\nsys.exit(0)\n").status == 1


def test_an_interrupt(run, capsys):
    outcome = run("step()\nraise KeyboardInterrupt\n")
    assert outcome.status == 130 and outcome.report.stopped == "interrupt"
    assert outcome.report.exception is None and causes(outcome) == ["detached"]
    assert "KeyboardInterrupt" in capsys.readouterr().err


def test_a_script_that_never_trains_says_so(run):
    outcome = run("print(model(x).shape)\n")
    assert outcome.report.steps == 0
    assert "no training step was seen" in notices(outcome)


def test_a_script_without_a_model_says_so(tmp_path):
    script = tmp_path / "train.py"
    script.write_text("import torch\nprint(torch.ones(2).sum())\n")
    outcome = api.run(str(script))
    assert outcome.status == 0 and "no model was seen" in notices(outcome)


def test_a_script_without_the_framework_says_so(tmp_path, monkeypatch):
    for name in [n for n in sys.modules if n == "torch"]:
        monkeypatch.delitem(sys.modules, name)
    script = tmp_path / "train.py"
    script.write_text("print('hello')\n")
    outcome = api.run(str(script))
    assert outcome.status == 0 and "did not import `torch`, `tensorflow`" in notices(outcome)


def test_an_exception_of_the_framework_is_in_the_report(run):
    outcome = run("loss = model(x).mean().detach()\nloss.backward()\n")
    assert outcome.report.exception.message.startswith("element 0 of tensors does not require")
    assert outcome.report.exception.location.source == "loss.backward()"


@pytest.mark.parametrize(
    "body",
    [
        "model(torch.randn(3, 7))\n",
        "nn.functional.cross_entropy(model(x), torch.zeros(8), reduction='nope')\n",
        "nn.functional.gaussian_nll_loss(x, x, -x)\n",
        "loss = model(x).mean()\nloss.backward()\nloss.backward()\n",
        "model(x).backward()\n",
        "optimizer.step(lambda: 1 / 0)\n",
        "x.numpy(7)\n",
        "torch.tensor([1.0], requires_grad=True)[0].mul_(2).numpy()\n",
        "model.nothing\n",
        "model.body = 3\n",
        "torch.optim.SGD([], lr=1)\n",
        "nn.functional.multi_head_attention_forward(x, x, x, 4, 3, None, None, None, None, False, 0.0, None, None)\n",
    ],
)  # fmt: skip
def test_the_traceback_is_the_one_that_python_prints(run, capfd, tmp_path, body):
    run(body)
    observed = capfd.readouterr().err
    plain = subprocess.run(
        [sys.executable, "train.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert plain.returncode == 1
    assert observed == plain.stderr


def test_workers_of_a_data_loader_do_not_hang_the_end(tmp_path):
    (tmp_path / "train.py").write_text(
        MODEL
        + textwrap.dedent("""
        if __name__ == "__main__":
            from torch.utils.data import DataLoader
            loader = DataLoader(torch.randn(640, 4), batch_size=8, num_workers=2, persistent_workers=True)
            for epoch in range(1000):
                for x in loader:
                    step()
        """)
    )
    done = subprocess.run(
        [sys.executable, "-m", "whygrad", "run", "train.py"],
        cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 1 and done.stderr.count("detached") >= 1
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr


FAULTS = {
    "loading": lambda m: m.setattr(api, "load", _broken),
    "attaching": lambda m: m.setattr("whygrad.backends.torch.observer.attach", _broken),
    "an op": lambda m: m.setattr("whygrad.backends.torch.flow.Flow.begin_step", _broken),
    "a loss": lambda m: m.setattr("whygrad.backends.torch.flow.Flow.mark_loss", _broken),
    "a step": lambda m: m.setattr("whygrad.backends.torch.flow.Flow.end_step", _broken),
    "the inventory": lambda m: m.setattr("whygrad.backends.torch.models.Models.walk", _broken),
    "the recording": lambda m: m.setattr(
        "whygrad.backends.torch.observer.TorchObserver.recording", _broken
    ),
    "letting go": lambda m: m.setattr("whygrad.backends.torch.patches.Patches.undo", _broken),
    "the diagnosis": lambda m: m.setattr("whygrad.diagnosis.diagnose.diagnose", _broken),
    "a place": lambda m: m.setattr("whygrad.runtime.callsite.Callsites.resolve", _broken),
}


def _broken(*args, **kwargs):
    raise ZeroDivisionError("ours")


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_of_ours_is_told_and_the_script_runs_on(run, capsys, monkeypatch, fault):
    fault(monkeypatch)
    outcome = run("for _ in range(3):\n    step()\nprint('trained')\n", keep_going=True)
    assert capsys.readouterr().out == "trained\n"
    assert outcome.ending.status == 0
    judged = outcome.report.variables
    assert outcome.status == (1 if outcome.report.errors else 0 if judged else 2)
    assert "whygrad itself failed: ZeroDivisionError: ours at test_run.py" in notices(outcome)
    monkeypatch.undo()
    assert not torch.overrides._get_current_function_mode_stack()


def test_a_fault_does_not_hide_what_the_script_raises(run, monkeypatch, capsys):
    monkeypatch.setattr(api, "exception_row", _broken)
    outcome = run("raise OSError('mine')\n")
    assert outcome.status == 1 and outcome.report.stopped == "exception"
    assert capsys.readouterr().err.endswith("OSError: mine\n")


def test_nothing_is_run_where_there_is_nothing(tmp_path):
    before = sys.modules["__main__"]
    with pytest.raises(InputError, match="no such file"):
        api.run(str(tmp_path / "nothing.py"))
    assert sys.modules["__main__"] is before


def test_the_process_is_given_back(run):
    before = sys.argv[:], sys.path[:], sys.modules["__main__"]
    run("step()\n", argv=["--lr", "1"])
    assert (sys.argv, sys.path, sys.modules["__main__"]) == before


def test_every_backend_can_be_loaded():
    for name in backends.BACKENDS:
        pytest.importorskip(name)
        backend = backends.load(name)
        assert backend.name == name and backend.wakes_on == name
