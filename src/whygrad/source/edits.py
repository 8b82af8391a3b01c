"""All edits, each in the file's own spelling, and each None where it is not certain."""

from __future__ import annotations

from whygrad.source.dropping import (
    drop_call,
    drop_cut,
    drop_decorator,
    drop_rewrap,
    drop_statement,
    drop_with,
    weighs_classes,
)
from whygrad.source.exits import drop_array, drop_exit
from whygrad.source.handing import ask_for_updated, hand_instead, list_of
from whygrad.source.hoisting import make_once
from whygrad.source.loops import (
    call_it,
    clear_after_step,
    clear_each_step,
    drop_loss_flags,
    step_after,
)
from whygrad.source.rewriting import (
    add_after,
    add_before,
    flag_to_call,
    keep_result,
    move_after,
    rename_attribute,
    replace_expression,
    softmax_to_sigmoid,
    with_keyword,
)
from whygrad.source.splice import Edits, apply, checked
from whygrad.source.straight import straight_through
from whygrad.source.taping import into_tape
from whygrad.source.weights import (
    make_field,
    make_param,
    make_trainable,
    make_variable,
    make_weight,
    make_weights,
    move_inside_variable,
)
from whygrad.source.wrapping import (
    buffer_to_parameter,
    make_parameter,
    move_inside_parameter,
    track_container,
)
from whygrad.source.writing import assign_instead, copy_instead

__all__ = [
    "Edits",
    "add_after",
    "add_before",
    "apply",
    "ask_for_updated",
    "assign_instead",
    "buffer_to_parameter",
    "call_it",
    "checked",
    "clear_after_step",
    "clear_each_step",
    "copy_instead",
    "drop_array",
    "drop_call",
    "drop_cut",
    "drop_decorator",
    "drop_exit",
    "drop_loss_flags",
    "drop_rewrap",
    "drop_statement",
    "drop_with",
    "flag_to_call",
    "hand_instead",
    "into_tape",
    "keep_result",
    "list_of",
    "make_field",
    "make_once",
    "make_param",
    "make_parameter",
    "make_trainable",
    "make_variable",
    "make_weight",
    "make_weights",
    "move_after",
    "move_inside_parameter",
    "move_inside_variable",
    "rename_attribute",
    "replace_expression",
    "softmax_to_sigmoid",
    "step_after",
    "straight_through",
    "track_container",
    "weighs_classes",
    "with_keyword",
]
