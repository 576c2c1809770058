"""Requests over kept connections: wrk's figures, after the answers were looked at."""

from load import Connection, bad_answers, run_wrk

WARM_UP_SECONDS = 1


def under_load(make_server, project, path, connections, seconds, body=None, environments=None):
    """Measures a program once: `environments` is how many may answer, where that is to be checked."""
    def measure():
        with make_server(project) as server:
            if environments:
                wrong = bad_answers(server.port, path, connections, 50, environments)
            else:
                with Connection(server.port) as connection:
                    status, answer = connection.request(path, "POST" if body else "GET", (body or "").encode())
                wrong = int(status != 200 or b"Orders requests: " not in answer)
            run_wrk(server.port, path, connections, WARM_UP_SECONDS, body)
            seen = run_wrk(server.port, path, connections, seconds, body)
        return {"rate": seen.rate, "p50": seen.p50, "p99": seen.p99, "requests": seen.requests,
                "bad": seen.bad + wrong}
    return measure
