"""`invoke` frames taken apart: one unpacking a frame, since their texts rarely change in length."""

from __future__ import annotations

import struct

_FIXED = struct.Struct("<IBBHqQd")  # Head, deadline, task counter, last used.
_LENGTH = struct.Struct("<I")
TEXTS = 6  # Request id, ARN, client context, identity, trace id, context.


class Layout:
    """Where the texts of a frame lie. Right for each frame whose texts are as long as the last one's."""

    def __init__(self) -> None:
        self._set((0,) * TEXTS)

    def _set(self, lengths: tuple[int, ...]) -> None:
        self._lengths = lengths
        texts = "".join(f"I{length}s" for length in lengths)
        self._struct = struct.Struct(_FIXED.format + texts)
        self.unpack = self._struct.unpack_from
        self.end = self._struct.size

    def fields(self, frame: bytes) -> tuple:  # type: ignore[type-arg]
        """(size, version, type, zero, deadline, task counter, last used, then length and text of each
        text); the event begins at `end`, of which this must be asked first."""
        if len(frame) >= self.end:
            fields = self.unpack(frame)
            if fields[7::2] == self._lengths:
                return fields
        lengths, offset = [], _FIXED.size
        for _ in range(TEXTS):
            length, = _LENGTH.unpack_from(frame, offset)
            lengths.append(length)
            offset += 4 + length
        self._set(tuple(lengths))
        return self.unpack(frame)
