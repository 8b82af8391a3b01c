"""The fix that registers something: where the framework's own constructor has not run yet, that has
to come first.
"""

from __future__ import annotations

from whygrad.causes.mend import Make, mended
from whygrad.model.source import Edit, Fix, SourceLocation
from whygrad.source.classes.beginning import late_constructor
from whygrad.source.edits import checked
from whygrad.source.files import Sources
from whygrad.source.module import SourceModule
from whygrad.source.project.project import Project, project_of


def registering(
    project: Project,
    module: SourceModule,
    place: SourceLocation,
    message: str,
    edits: tuple[Edit, ...] | None,
) -> Fix:
    """A fix with edits that register what is made at a place of a file, after the constructor."""
    if edits and any("Variable(" in edit.text for edit in edits):
        return Fix(message, edits)  # tracked whenever it is assigned
    for edit in edits or ():
        if "add_weight(" in edit.text:  # it may go to a local name further up
            place = SourceLocation(place.path, *edit.start)
    late = late_constructor(project, place)
    if late is None:
        return Fix(message, edits or ())
    call = f"`{late.call}`" if "\n" not in late.call else f"`{late.call.partition('(')[0]}(...)`"
    own = [edit for edit in edits or () if edit.path == module.path]
    if edits and late.edits and checked(module, [*late.edits, *own]):
        return Fix(f"call {call} first; then {message}", (*late.edits, *edits))
    return Fix(f"see that {call} ({late.place}) runs before this line; then {message}")


def registered(sources: Sources, place: SourceLocation | None, message: str, make: Make) -> Fix:
    """The same for a place that was seen to run; of other files nothing is known there."""
    fix = mended(sources, place, message, make)
    module = sources.module(place.path) if place is not None else None
    if module is None or place is None:
        return fix
    project = project_of({module.path: module.text})
    return registering(project, module, place, message, fix.edits)
