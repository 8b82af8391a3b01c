"""Data: what libraries give that holds nothing to learn, and the groups of an optimizer."""

from __future__ import annotations

import ast
import re
from typing import Final

from whygrad.source.dataflow import tables
from whygrad.source.dataflow.record import Frame
from whygrad.source.dataflow.tensors import Named, Tensors
from whygrad.source.dataflow.values import (
    ANY,
    NOTHING,
    UNKNOWN,
    Flow,
    Object,
    Site,
    Sort,
    Value,
    joined,
)

_PACKAGES: Final = (
    "argparse.", "tyro.", "os.", "sys.", "time.", "datetime.", "json.", "csv.", "re.", "glob.",
    "pathlib.", "shutil.", "random.", "string.", "platform.", "socket.",
    "numpy.", "math.", "scipy.", "sklearn.", "cmath.", "pandas.", "PIL.", "cv2.", "skimage.",
    "h5py.", "imageio.", "gym.", "gymnasium.", "gym3.", "procgen.",
    "envpool.", "supersuit.", "pettingzoo.", "stable_baselines3.common.buffers.",
    "stable_baselines3.common.atari_wrappers.", "stable_baselines3.common.vec_env.",
    "torch.utils.data.", "torchvision.datasets.",
    "torchaudio.datasets.", "torch_geometric.datasets.", "torch_geometric.loader.", "dgl.data.",
    "tensorflow_datasets.", "tensorflow.data.", "tensorflow.io.",
    "tensorflow.config.", "absl.", "keras.datasets.",
    "yaml.", "urllib.", "requests.", "tarfile.", "zipfile.", "subprocess.", "psutil.",
)  # fmt: skip
"""What these give, they read, draw or measure."""
_FUNCTIONS: Final = frozenset({
    "datasets.load_dataset", "datasets.load_from_disk", "keras.utils.image_dataset_from_directory",
    "keras.utils.get_file", "keras.utils.text_dataset_from_directory", "keras.utils.to_categorical",
    "keras.preprocessing.image_dataset_from_directory", "keras.utils.load_img",
    "keras.utils.timeseries_dataset_from_array", "keras.utils.pad_sequences",
    "keras.utils.img_to_array", "keras.callbacks.ModelCheckpoint", "keras.callbacks.EarlyStopping",
    "keras.callbacks.TensorBoard", "keras.callbacks.CSVLogger", "keras.callbacks.ProgbarLogger",
    "keras.callbacks.TerminateOnNaN", "keras.callbacks.BackupAndRestore",
    "keras.callbacks.ReduceLROnPlateau", "keras.callbacks.History",
})  # fmt: skip
"""Functions like them; and callbacks that raise no rate: one of zero stays zero."""
_LOGS: Final = (
    "wandb.", "mlflow.", "logging.", "matplotlib.",
    "seaborn.", "warnings.", "loguru.", "comet_ml.",
)  # fmt: skip
"""What these are given, they write down: no gradient comes back from there."""
_READERS: Final = re.compile(
    r"^transformers\.\w*(?:Tokenizer|TokenizerFast|Processor|FeatureExtractor|Config)(?:\.\w+)?$"
)
_RATES: Final = frozenset({
    "lr", "initial_lr", "weight_decay", "momentum", "betas", "eps", "name", "max_lr", "min_lr",
    "nesterov", "dampening", "lr_scale", "warmup", "lr_mult", "alpha",
})  # fmt: skip
"""Settings of a group of parameters."""


class Data(Tensors):
    """See `Machine`."""

    def data(self, name: str, given: list[Value], site: Site) -> Value | None:
        """What a call of a library gives, where that is data; None where it may be something else:
        what was given may be in it.
        """
        if name.startswith("random.") and any(
            o.sort not in _PICKED for v in given for o in v.objects
        ):
            return None  # `random.choice([first, second])`
        return self._again(frozenset({Object(Sort.DATA, name, site)}), [], given)

    def of_data(
        self,
        receiver: Value,
        function: ast.Attribute,
        args: list[Value],
        named: Named,
        site: Site,
        frame: Frame,
    ) -> Value:
        """A method of data: of a table, a loader, an environment, or of a tensor of numbers."""
        name, given = function.attr, [*args, *named.values()]
        held = [v for o in receiver.objects if (v := self.load(o, name)) is not None]
        if held:
            return self.call(joined(held), args, named, site, frame)
        plain = Value(receiver.flows)
        if name in tables.LOGGING:
            return NOTHING
        if name not in tables.TENSOR_METHODS and name not in _OF_TENSOR:
            again = self._again(receiver.objects, [plain], given)
            return self.unknown_call(plain, args, named, site) if again is None else again
        value = self.tensor_method(plain, function, args, named, site, frame)
        return value if value.live else Value(value.flows, receiver.objects, (), True)

    def called_data(self, item: Object, args: list[Value], named: Named, site: Site) -> Value:
        """`transform(image)`."""
        again = self._again(frozenset({item}), [], [*args, *named.values()])
        return self.unknown_call(NOTHING, args, named, site) if again is None else again

    def _again(
        self, objects: frozenset[Object], own: list[Value], given: list[Value]
    ) -> Value | None:
        """Data that is made of data and of what is given, unless that may be trained there."""
        if all(o.name.startswith(_LOGS) for o in objects):
            for value in given:  # `FuncAnimation(figure, step)`, `wandb.agent(sweep, train)`
                functions = [*value.of(Sort.FUNCTION), *value.of(Sort.METHOD)]
                self.leaves(Value(objects=frozenset(functions)), unknown=True)
            return Value(frozenset(), objects, (), True)
        for value in given:
            self.leaves(value, unknown=True)
        if any(_learns(self.everything(value)) for value in given):
            return None
        ways = frozenset(f for v in (*own, *given) for f in v.flows if f.cut is not None)
        return Value(ways, objects, (), True)

    def attribute_of_data(self, item: Object, name: str) -> Value:
        """What was put on it under that name, or data again."""
        if name == "grad":
            self.found.by_hand = True
        held = self.load(item, name)
        return _one(item) if held is None else joined([held, _one(item)])

    def groups(self, item: Object) -> Value:
        """`optimizer.param_groups`."""
        return _one(Object(Sort.GROUPS, item.name, item.site))

    def of_group(self, item: Object, key: object) -> Value:
        """`group["lr"]`, of one group or of all."""
        if key == "params":
            optimizer = Object(Sort.OPTIMIZER, item.name, item.site)
            held = {Flow(r) for r, several in self.found.held.items() if optimizer in several}
            return Value(frozenset(held), frozenset({Object(Sort.CONTAINER)}), (), True)
        if isinstance(key, int):
            return _one(item)
        if key is None:  # which group it is, or which setting
            return Value(UNKNOWN.flows, frozenset({item}))
        if key in _RATES:
            return _one(Object(Sort.DATA, str(key), item.site))
        self.used_somehow(item)
        return UNKNOWN

    def set_in_group(self, item: Object, key: object) -> None:
        """`group["lr"] = rate`."""
        optimizer = Object(Sort.OPTIMIZER, item.name, item.site)
        if key in _RATES:
            self.found.scheduled.setdefault(optimizer, []).append("param_groups")
        else:
            self.used_somehow(item)

    def group_call(self, item: Object, name: str, args: list[Value]) -> Value:
        """`group.get("lr")`; whatever else may change what the optimizer does."""
        keys = [o.name.strip("'\"") for o in args[0].of(Sort.CONSTANT)] if args else []
        if name == "get" and len(keys) == 1:
            return self.of_group(item, keys[0])
        if name not in ("keys", "copy", "__len__"):
            self.used_somehow(item)
        return UNKNOWN

    def used_somehow(self, item: Object) -> None:
        """The groups of an optimizer go where they are not followed: so may all that it does."""
        self.found.handed.add(Object(Sort.OPTIMIZER, item.name, item.site))


_PICKED: Final = (Sort.CONSTANT, Sort.CONTAINER, Sort.DATA)
_OF_TENSOR: Final = frozenset({"requires_grad_", "detach", "detach_", "backward", "zero_grad"})


def gives_data(name: str) -> bool:
    """Whether what a library gives under a name holds nothing that learns."""
    if name.startswith((*_PACKAGES, *_LOGS)):
        return True
    return name in _FUNCTIONS or (name.startswith("transformers.") and bool(_READERS.match(name)))


def is_data(value: Value, *, empty: bool = False) -> bool:
    """Whether a value is data and nothing else; with `empty`, a list of it or nothing will do."""
    sorts = (Sort.DATA, Sort.CONTAINER) if empty else (Sort.DATA,)
    only = all(o.sort in sorts for o in value.objects)
    return only and (empty or bool(value.objects)) and value.known and not value.live


def _learns(value: Value) -> bool:
    """Whether something that is seen to learn is in it, or something that updates it."""
    return any(root is not ANY for root in value.live) or any(
        o.sort in _RUNS for o in value.objects
    )


_RUNS: Final = frozenset({Sort.OPTIMIZER, Sort.GROUPS})


def _one(item: Object) -> Value:
    return Value(objects=frozenset({item}), known=True)
