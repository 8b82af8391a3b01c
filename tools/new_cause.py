"""Write the two files of a new cause: `python tools/new_cause.py graph my-cause`."""

from __future__ import annotations

import sys
from pathlib import Path

CAUSES = Path(__file__).parents[1] / "src" / "whygrad" / "causes"

_RULE = '''"""Say in one line what happened to the variable."""

from __future__ import annotations

from collections.abc import Iterator

from whygrad.causes.rule import Match, Rule
from whygrad.flow.case import Case
from whygrad.model.finding import Severity
from whygrad.source.files import Sources


def in_case(case: Case, sources: Sources) -> Iterator[Match]:
    """Yield a match where this cause explains the variable, and nothing where it does not."""
    if case.got_gradient:
        return
    yield Match(
        Severity.ERROR,
        case.variable.made_at,
        lambda n: f"{{n}} get{{n.s}} no gradient: say what happened",
    )


RULE = Rule("{id}", in_case=in_case)
'''

_PAGE = """# What happened, as a short title

> What to write instead, in one sentence.

Why the framework does this, and how it shows.

## PyTorch

```python
import torch  # <- the guilty line, with the names of the variables
```

```diff
-import torch  # <- the guilty line, with the names of the variables
+import torch
```

## Meant so?

`# whygrad: ignore[{id}]` at the line silences it.
"""


def main(arguments: list[str]) -> int:
    """Write both files, and say what is next."""
    families = sorted(p.name for p in CAUSES.iterdir() if (p / "__init__.py").is_file())
    if len(arguments) != 2 or arguments[0] not in families:
        print(f"usage: new_cause.py FAMILY ID; families: {', '.join(families)}", file=sys.stderr)
        return 2
    family, id = arguments
    stem = CAUSES / family / id.replace("-", "_")
    for path, content in ((stem.with_suffix(".py"), _RULE), (stem.with_suffix(".md"), _PAGE)):
        if path.exists():
            print(f"{path} is there already", file=sys.stderr)
            return 2
        path.write_text(content.format(id=id), encoding="utf-8")
        print(path)
    print(f"next: put `{id}` into ORDER in causes/order.py, then `make test`")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
