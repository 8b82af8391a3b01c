"""All architectures, by the name of their class."""

from __future__ import annotations

from architectures.decoders import DECODERS
from architectures.encoders import ENCODERS
from architectures.others import OTHERS

ARCHITECTURES = (*ENCODERS, *DECODERS, *OTHERS)
