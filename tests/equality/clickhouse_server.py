"""As much of a ClickHouse server as its Python client needs: HTTP in front of chdb, for tests only.

No server comes as a package. This answers statements over HTTP with the real engine, so that the way over the network
(address, user, parameters, statements, Arrow) is the one an operator's server gets. Started by `clickhouse.serving`.
"""

import sys
from base64 import b64decode
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl, urlsplit

from chdb.session import Session

from tests.equality.clickhouse import PASSWORD, USER

# What a statement may bring with it; the client sends more, about its own transport.
_SETTINGS = ("join_use_nulls", "aggregate_functions_null_for_empty", "max_query_size", "max_execution_time")


class Server(HTTPServer):
    """One session, one statement at a time."""

    def __init__(self, folder: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self._session = Session(folder)

    def run(self, statement: str, given: dict[str, str]) -> bytes:
        """What the engine answers, in the format the statement asks for."""
        settings = ", ".join(f"{name} = {given[name]}" for name in _SETTINGS if name in given)
        if settings:
            self._session.query(f"SET {settings}")
        query, _, form = statement.rstrip().rstrip(";").rpartition("FORMAT ")
        return bytes(self._session.query(query or form, form.strip() if query else "Native").bytes())


class Handler(BaseHTTPRequestHandler):
    """Answers a ping and statements, the latter with a password only."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The ping."""
        self._answer(200, b"Ok.\n")

    def do_POST(self) -> None:
        """A statement: in the body, in the parameter `query`, or half here and half there."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        given = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        user = b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode()
        if user != f"{USER}:{PASSWORD}":
            self._answer(403, b"Code: 516. DB::Exception: Authentication failed. (AUTHENTICATION_FAILED)")
            return
        statement = "\n".join(part for part in (given.pop("query", ""), body) if part)
        try:
            self._answer(200, self.server.run(statement, given))
        except RuntimeError as error:
            self._answer(500, str(error).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        if status >= 400:
            self.send_header("X-ClickHouse-Exception-Code", "1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    made = Server(sys.argv[1])
    print(made.server_port, flush=True)
    made.serve_forever()
