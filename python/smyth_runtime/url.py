"""The URL of a request, in parts and as a whole."""

from typing import Any, Optional
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit


class URL:
    """A URL with the attributes of Starlette's class of that name; `str(url)` is the whole."""

    def __init__(self, url: str = "") -> None:
        self._url = str(url)
        self.components: SplitResult = urlsplit(self._url)

    @property
    def scheme(self) -> str:
        return self.components.scheme

    @property
    def netloc(self) -> str:
        return self.components.netloc

    @property
    def path(self) -> str:
        return self.components.path

    @property
    def query(self) -> str:
        return self.components.query

    @property
    def fragment(self) -> str:
        return self.components.fragment

    @property
    def username(self) -> Optional[str]:
        return self.components.username

    @property
    def password(self) -> Optional[str]:
        return self.components.password

    @property
    def hostname(self) -> Optional[str]:
        return self.components.hostname

    @property
    def port(self) -> Optional[int]:
        return self.components.port

    @property
    def is_secure(self) -> bool:
        return self.scheme in ("https", "wss")

    def replace(self, **parts: Any) -> "URL":
        """The same URL with other parts: scheme, netloc, path, query, fragment, hostname, port."""
        if "hostname" in parts or "port" in parts:
            host = parts.pop("hostname", None) or self.hostname or ""
            port = parts.pop("port", self.port)
            user = self.netloc.rpartition("@")[0]
            if ":" in host and not host.startswith("["):
                host = f"[{host}]"
            place = host if port is None else f"{host}:{port}"
            parts["netloc"] = f"{user}@{place}" if user else place
        return URL(self.components._replace(**parts).geturl())

    def include_query_params(self, **params: Any) -> "URL":
        """The same URL with these query values added, or put in place of those of the same name."""
        kept = [(key, value) for key, value in parse_qsl(self.query, keep_blank_values=True)
                if key not in params]
        return self.replace(query=urlencode(kept + list(params.items())))

    def __eq__(self, other: Any) -> bool:
        return str(self) == str(other)

    def __hash__(self) -> int:
        return hash(self._url)

    def __str__(self) -> str:
        return self._url

    def __repr__(self) -> str:
        return f"URL({self._url!r})"


def url_of_scope(scope: Any, path: str, query: str) -> URL:
    """The URL that a client asked for: its Host header counts, the server's address only without one."""
    netloc = ""
    for name, value in scope["headers"]:
        if name == b"host":
            netloc = value.decode("latin-1")
            break
    if not netloc and scope.get("server"):
        host, port = scope["server"]
        netloc = f"[{host}]" if ":" in host else host
        if port != {"http": 80, "https": 443}.get(scope["scheme"]):
            netloc = f"{netloc}:{port}"
    # The path is decoded: what would end it is written encoded.
    path = path.replace("?", "%3F").replace("#", "%23")
    return URL(SplitResult(scope["scheme"], netloc, path, query, "").geturl())
