"""Who may call: names in `Host`, web pages in `Origin`, addresses to listen on."""

import socket

import pytest

APP = "def handler(event, context):\n    return 'served'\n"
TABLE = '[handlers.a]\nhandler_path = "app.handler"\nurl_path = "/a"\n'


def statuses(server, headers):
    """Of a function's own path, the status page and Invoke."""
    return [server.get("/a", headers).status, server.get("/smyth/api/status", headers).status,
            server.invoke("a", {}, headers).status]


@pytest.fixture(scope="module")
def names():
    return [("localhost", True), ("localhost:{port}", True), ("LOCALHOST", True), ("app.localhost:{port}", True),
            ("127.0.0.1", True), ("127.0.0.1:{port}", True), ("127.8.9.1", True), ("[::1]", True), ("[::1]:{port}", True),
            ("evil.example", False), ("localhost.evil.example", False), ("127.0.0.1.evil.example", False),
            ("evil-localhost", False), ("192.168.1.1", False), ("localhost:{port}@evil.example", False),
            ("127.0.0.1evil", False), ("0x7f.1", False), ("2130706433", False), ("[::2]", False), ("", False)]


def test_only_names_of_this_machine_are_answered(server, names):
    one = server({"smyth.toml": TABLE, "app.py": APP})
    for name, is_good in names:
        found = statuses(one, {"Host": name.format(port=one.port)})
        assert set(found) <= ({200} if is_good else {400, 421}), name  # 400: what is no host at all.
        assert name != "evil.example" or found == [421] * 3


def test_a_request_without_host_is_refused(server):
    one = server({"smyth.toml": TABLE, "app.py": APP})
    with one.connect() as connection:
        connection.send(b"GET /a HTTP/1.1\r\n\r\n")
        assert connection.read_response().status in (400, 421)
    assert one.counters("a") == [0]


def test_two_hosts_are_refused(server):
    one = server({"smyth.toml": TABLE, "app.py": APP})
    with one.connect() as connection:
        connection.send(b"GET /a HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")
        assert connection.read_response().status in (400, 421)
    assert one.counters("a") == [0]


def test_allowed_hosts_are_answered_too(server):
    one = server({"smyth.toml": 'allowed_hosts = ["dev.example"]\n' + TABLE, "app.py": APP})
    assert statuses(one, {"Host": "dev.example"}) == [200] * 3
    assert statuses(one, {"Host": f"DEV.example:{one.port}"}) == [200] * 3
    assert statuses(one, {"Host": "other.example"}) == [421] * 3


def test_foreign_web_pages_reach_no_control_route(server):
    one = server({"smyth.toml": TABLE, "app.py": APP})
    own = {"Origin": one.url}
    assert statuses(one, own) == [200] * 3
    for origin in ("https://evil.example", "null", "http://localhost.evil.example", "http://127.0.0.1:1",
                   f"https://127.0.0.1:{one.port}"):
        # The functions' own paths are the functions' own business: CORS is theirs.
        assert statuses(one, {"Origin": origin}) == [200, 403, 403], origin
    assert one.counters("a") == [7]


def test_allowed_origins_reach_them(server):
    one = server({"smyth.toml": 'allowed_origins = ["https://dev.example"]\n' + TABLE, "app.py": APP})
    assert statuses(one, {"Origin": "https://dev.example"}) == [200] * 3
    assert statuses(one, {"Origin": "https://other.example"}) == [200, 403, 403]
    assert one.get("/a", {"Host": "dev.example"}).status == 421  # Origins are no hosts.


def own_address():
    """An address of this machine that is no loopback one, or None."""
    probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        probe.connect(("192.0.2.1", 9))  # Sends nothing.
        address = probe.getsockname()[0]
    except OSError:
        return None
    finally:
        probe.close()
    return None if address.startswith("127.") else address


def test_by_default_it_listens_on_loopback_alone(server):
    one = server({"smyth.toml": TABLE, "app.py": APP})
    address = own_address()
    if address is None:
        pytest.skip("this machine has no other address")
    with pytest.raises(OSError):
        socket.create_connection((address, one.port), timeout=1)


@pytest.mark.parametrize("arguments, setting", [(["--host", "0.0.0.0"], ""), ([], 'host = "0.0.0.0"\n')])
def test_an_explicit_wildcard_is_honoured_and_own_addresses_pass(server, arguments, setting):
    one = server({"smyth.toml": setting + TABLE, "app.py": APP}, *arguments)
    assert statuses(one, {"Host": "127.0.0.1"}) == [200] * 3
    address = own_address()
    if address:
        assert statuses(one, {"Host": f"{address}:{one.port}"}) == [200] * 3
        socket.create_connection((address, one.port), timeout=1).close()
    assert statuses(one, {"Host": "evil.example"}) == [421] * 3
