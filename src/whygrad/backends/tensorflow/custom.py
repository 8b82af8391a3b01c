"""Functions with a gradient of their own: `tf.custom_gradient`."""

from __future__ import annotations


class Outcome:
    """What such a function gave back, over all its calls in the step, per input."""
