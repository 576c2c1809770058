"""Read-only mappings whose keys may repeat: headers, query values, form fields.

They answer the questions that Starlette's classes of the same names answer, so that hooks written for
those run without Starlette.
"""

from collections.abc import Mapping
from typing import Any, Dict, Iterator, List, Optional, Tuple
from urllib.parse import parse_qsl, urlencode


class MultiDict(Mapping):
    """Pairs in order. `d[key]` is the last value of `key`, `getlist(key)` all of them."""

    def __init__(self, pairs: Any = ()) -> None:
        if isinstance(pairs, Mapping):
            pairs = pairs.multi_items() if isinstance(pairs, MultiDict) else pairs.items()
        self._pairs: List[Tuple[str, str]] = list(pairs)
        self._last: Dict[str, str] = dict(self._pairs)

    def __getitem__(self, key: str) -> str:
        return self._last[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._last)

    def __len__(self) -> int:
        return len(self._last)

    def __eq__(self, other: Any) -> bool:
        if isinstance(other, MultiDict):
            return sorted(self._pairs) == sorted(other._pairs)
        return isinstance(other, Mapping) and self._last == dict(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._pairs!r})"

    def getlist(self, key: str) -> List[str]:
        """All values of `key`, in order; empty if there is none."""
        return [value for name, value in self._pairs if name == key]

    def multi_items(self) -> List[Tuple[str, str]]:
        """All pairs, repeated keys too, in order."""
        return list(self._pairs)


class QueryParams(MultiDict):
    """The decoded query string; `str()` encodes it again."""

    def __init__(self, query: Any = "") -> None:
        if isinstance(query, bytes):
            query = query.decode("latin-1")
        if isinstance(query, str):
            query = parse_qsl(query, keep_blank_values=True)
        super().__init__(query)

    def __str__(self) -> str:
        return urlencode(self._pairs)


class FormData(MultiDict):
    """The fields of a form."""

    async def close(self) -> None:
        """Nothing is held open; there because users call it."""


class Headers(Mapping):
    """Header fields; names in any case. `headers[name]` is the first value of a repeated field."""

    def __init__(self, raw: Any = ()) -> None:
        if isinstance(raw, Mapping):
            raw = [(name.lower().encode("latin-1"), value.encode("latin-1"))
                   for name, value in raw.items()]
        self.raw: List[Tuple[bytes, bytes]] = list(raw)

    def items(self) -> List[Tuple[str, str]]:  # type: ignore[override]
        return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self.raw]

    def keys(self) -> List[str]:  # type: ignore[override]
        return [name for name, _ in self.items()]

    def values(self) -> List[str]:  # type: ignore[override]
        return [value for _, value in self.items()]

    def getlist(self, name: str) -> List[str]:
        """All values of the field `name`, in the order sent."""
        wanted = name.lower()
        return [value for key, value in self.items() if key == wanted]

    def _first(self, name: Any) -> Optional[str]:
        values = self.getlist(name) if isinstance(name, str) else []
        return values[0] if values else None

    def __getitem__(self, name: str) -> str:
        value = self._first(name)
        if value is None:
            raise KeyError(name)
        return value

    def __contains__(self, name: Any) -> bool:
        return self._first(name) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self.raw)

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Headers) and sorted(self.raw) == sorted(other.raw)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.items()!r})"
