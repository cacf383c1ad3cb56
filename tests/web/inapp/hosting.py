"""A customer's own product: a page of another origin, with a Content-Security-Policy as strict as they come."""

import html
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Orchard Planner</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<link rel="stylesheet" href="/app.css"><script src="/app.js"></script>
<script async src="{mainstay}/sdk/v1/sdk.js" {data}></script></head>
<body><header><b>Planner</b> <a href="/projects">Projects</a></header>
<main><h1>{path}</h1><p><button id="export" type="button">Export</button> <input aria-label="Search"></p></main>
</body></html>"""

STYLE = """:root { color-scheme: light dark; font-family: sans-serif }
body { margin: 0 } header { padding: 12px 24px; border-bottom: 1px solid #8884 } main { padding: 90px 24px }
h2, p, button { color: red !important; font-size: 40px !important }
main button, main p { color: inherit !important; font-size: 15px !important }"""

# Before the script is there: what a page asks for waits in a list.
SCRIPT = """window.mainstay = window.mainstay || [];
window.mainstay.push(["page", "Home"]);"""


class Product:
    """The pages of the product, for whoever its addresses name: `/projects?user=ann&hash=…`."""

    def __init__(self, mainstay: str, port: int) -> None:
        self.mainstay, self.origin, self.key = mainstay, f"http://localhost:{port}", ""

    def policy(self) -> str:
        """Nothing but its own files and Mainstay; no inline style or script, no HTML from text."""
        return (
            f"default-src 'none'; script-src 'self' {self.mainstay}; connect-src {self.mainstay}; style-src 'self'; "
            "img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; "
            "trusted-types 'none'"
        )

    def page(self, path: str, query: str) -> str:
        """The page of a path; what its address names becomes data of the script."""
        given = {"key": self.key} | {name: values[0] for name, values in parse_qs(query).items()}
        data = " ".join(f'data-{name}="{html.escape(value)}"' for name, value in given.items())
        return PAGE.format(mainstay=self.mainstay, data=data, path=html.escape(path))


@contextmanager
def product(mainstay: str) -> Iterator[Product]:
    """Served from a thread, on a host and a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """A page, or one of its files."""
            parts = urlsplit(self.path)
            files = {"/app.js": ("text/javascript", SCRIPT), "/app.css": ("text/css", STYLE)}
            kind, text = files.get(parts.path) or ("text/html; charset=utf-8", made.page(parts.path, parts.query))
            body = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", made.policy())
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *told: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made = Product(mainstay, server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
        thread.start()
        yield made
        server.shutdown()
        thread.join(5)
