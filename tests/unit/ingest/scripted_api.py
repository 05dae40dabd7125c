"""A web server on loopback that answers as a test says, and remembers what it was asked."""

import http.server
import json
import threading
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit


@contextmanager
def answering(answer):
    """`answer(path, parameters, headers)` → (status, headers, body); yields (address, what was asked)."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            parts = urlsplit(self.path)
            parameters = {name: values[0] for name, values in parse_qs(parts.query).items()}
            asked.append((parts.path, parameters, dict(self.headers)))
            status, headers, body = answer(parts.path, parameters, self.headers)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            for part in [body] if isinstance(body, bytes) else body:
                try:
                    self.wfile.write(part)
                    self.wfile.flush()
                except OSError:
                    return

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()


DETECTED = "http_request_duration_highr_seconds_bucket"


def success(data):
    return 200, {}, json.dumps({"status": "success", "data": data}).encode()


def error(status, said):
    return status, {}, json.dumps({"status": "error", "errorType": "bad_data", "error": said}).encode()


class Prometheus:
    """Answers from series: (name, labels) → a function of the time in seconds, None where there is nothing."""

    def __init__(self, series, most_points=11_000):
        self.series = series
        self.most_points = most_points

    def __call__(self, path, parameters, _):
        if path.endswith("/label/__name__/values"):
            names = {name for name, _ in self.series}
            return success(sorted({*names, DETECTED} if names else names))
        first, last = int(parameters["start"]), int(parameters["end"])
        if (last - first) // 60 + 1 > self.most_points:
            return error(400, "exceeded maximum resolution of 11,000 points per timeseries.")
        found = []
        for (name, labels), value in self.series.items():
            if f'__name__="{name}"' in parameters["query"]:
                each = [(time, value(time)) for time in range(first, last + 1, 60)]
                values = [[time, str(number)] for time, number in each if number is not None]
                if values:
                    found.append({"metric": {"__name__": name, **dict(labels)}, "values": values})
        return success({"resultType": "matrix", "result": found})
