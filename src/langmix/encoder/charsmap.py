"""SentencePiece's compiled table of character replacements, written from plain rules."""

import struct
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

_LEAF = 1 << 8
_VALUE = 1 << 31
_BLOCK = 256


def precompile(rules: Mapping[str, str]) -> bytes:
    """Compile one-character rules into the bytes that `tokenizers.normalizers.Precompiled` reads.

    The format is SentencePiece's (Kudo and Richardson 2018, https://aclanthology.org/D18-2012): the byte length of a
    Darts double-array trie over the UTF-8 keys, the trie's uint32 units, then the replacements, each ended by a zero
    byte. A unit holds its label (bits 0-7), whether a value follows (bit 8) and the distance to its children (bits
    10-30); the child for byte c of a node with base b is unit b XOR c, and the value of a key is unit b itself.

    Args:
        rules: Replacement (possibly empty) of each single character.
    """
    keys = {character.encode(): replacement for character, replacement in rules.items()}
    # A block of 256 units per inner node leaves gaps but no two nodes can collide; UTF-8 of one character is never
    # the beginning of another's, so a key is always a leaf and an inner node never has a value.
    inner = sorted(
        {key[:length] for key in keys for length in range(len(key))}, key=lambda prefix: (len(prefix), prefix)
    )
    base = {prefix: _BLOCK * number for number, prefix in enumerate(inner)}
    units = np.zeros(_BLOCK * -(-(len(inner) * _BLOCK + len(keys)) // _BLOCK), dtype="<u4")
    for prefix in inner[1:]:
        _point(units, base[prefix[:-1]], prefix[-1], base[prefix])

    replacements = bytearray()
    start: dict[str, int] = {}
    for slot, (key, replacement) in enumerate(sorted(keys.items()), start=len(inner) * _BLOCK):
        if replacement not in start:
            start[replacement] = len(replacements)
            replacements += replacement.encode() + b"\0"
        _point(units, base[key[:-1]], key[-1], slot, _LEAF)
        units[slot] = _VALUE | start[replacement]
    return struct.pack("<I", units.nbytes) + units.tobytes() + bytes(replacements)


def _point(units: npt.NDArray[np.uint32], base: int, label: int, child: int, leaf: int = 0) -> None:
    """Write the unit for byte ``label`` under a node with ``base``, leading to the node with base ``child``."""
    at = base ^ label
    units[at] = label | leaf | ((at ^ child) << 10)
