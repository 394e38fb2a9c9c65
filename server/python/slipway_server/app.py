"""The ASGI application: routes of MLflow, the Open Inference Protocol, probes, metrics and documentation."""

from __future__ import annotations

import asyncio
import functools
import re
import time
from collections.abc import Awaitable, Callable

import orjson

from . import batches, openapi, openinference
from .answers import BYTES, CSV, JSON, LARGE_ANSWER_ROWS, MODEL_ERROR, TEXT, encoded, error_answer
from .batcher import Batcher
from .batching import Prediction
from .bodies import ClientGone, Receive, header, read_body
from .csv_answer import as_csv, wants_csv
from .door import Door
from .errors import NotFound, NotReady, PredictionFailed, RequestError
from .inputs import ModelInput
from .invocations import from_document, parse, read_json
from .log import log
from .metrics import Metrics
from .model import served_flavor
from .platforms import Platform, from_azure, from_vertex
from .release import Release

#: Bodies above this size are read on a thread, so that small requests need not wait for them.
LARGE_BODY_BYTES = 256 * 1024

_REQUEST_ID = re.compile(rb"[\x21-\x7e]{1,200}\Z")
_MODEL_PATH = re.compile(r"/v2/models/(?P<model>[^/]+)(?:/versions/(?P<version>[^/]+))?(?P<action>/ready|/infer)?\Z")

#: Where a handler leaves in its scope how many rows the request has, and the score of each.
_ROWS = "slipway.rows"
_SCORES = "slipway.scores"
#: Where it is said until when a handler has to answer, by `time.monotonic`.
_DEADLINE = "slipway.deadline"
#: Scores of more rows would make the answer's head too long for clients and proxies.
MAX_LOGGED_SCORES = 500

Send = Callable[[dict], Awaitable[None]]


class Application:
    """Serves one release. It answers probes from the start, and predictions once `become_ready` was called."""

    def __init__(self, release: Release, metrics: Metrics, door: Door, on_startup: Callable[[], None] | None = None, platform: Platform = Platform(), scores_batches: bool = False):
        self._release = release
        self._one_chunk = asyncio.Lock()
        self._metrics = metrics
        self._door = door
        self._on_startup = on_startup
        self._batcher: Batcher | None = None
        self._draining = False
        self._example = _example(release)
        self._openapi = openapi.document(release, self._example)
        self._openapi_bytes = orjson.dumps(self._openapi)
        served = served_flavor(release)
        self._flavor = served.flavor.name
        self._platform = f"{served.flavor.name}_{served.serialization}"
        self._release_header = (b"x-slipway-release", release.digest.encode("ascii", "replace"))
        self._routes: dict[str, tuple[str, Callable]] = {
            "/invocations": ("POST", self._invocations),
            "/score": ("POST", self._score),
            "/ping": ("GET", self._ping),
            "/health": ("GET", self._ping),
            "/version": ("GET", self._version),
            "/livez": ("GET", self._livez),
            "/readyz": ("GET", self._readyz),
            "/metrics": ("GET", self._metrics_text),
            "/openapi.json": ("GET", self._openapi_document),
            "/docs": ("GET", self._docs),
            "/v2": ("GET", self._v2_server),
            "/v2/health/live": ("GET", self._v2_live),
            "/v2/health/ready": ("GET", self._v2_ready),
        }
        if scores_batches:
            self._routes["/batches/chunk"] = ("POST", self._chunk)
        if platform.health is not None:
            self._routes[platform.health] = ("GET", self._readyz)
        if platform.predict is not None:
            self._routes[platform.predict] = ("POST", self._instances)

    @property
    def ready(self) -> bool:
        return self._batcher is not None and not self._draining

    def become_ready(self, batcher: Batcher) -> None:
        self._batcher = batcher

    def drain(self) -> None:
        """Say not ready from now on; requests that are there or still come are answered."""
        self._draining = True

    async def __call__(self, scope: dict, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1003})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                if self._on_startup is not None:
                    self._on_startup()
                await send({"type": "lifespan.startup.complete"})
            else:
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _http(self, scope: dict, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        self._metrics.in_flight += 1
        path, method = scope["path"], scope["method"]
        label, wanted, handler = self._route(path, method)
        headers: list[tuple[bytes, bytes]] = []
        try:
            self._door.check(scope)
            if handler is None:
                error = NotFound(f"There is no {path[:200]} on this server. See /docs.")
                status, content_type, body = 404, JSON, orjson.dumps(error.as_json())
            elif method != wanted and not (method == "HEAD" and wanted == "GET"):
                headers.append((b"allow", b"POST" if wanted == "POST" else b"GET, HEAD"))
                message = {"error_code": "BAD_REQUEST", "message": f"{label} wants {wanted}, got {method[:20]}."}
                status, content_type, body = 405, JSON, orjson.dumps(message)
            else:
                # How long a chunk takes is the batch's own concern.
                limited = handler if handler == self._chunk else functools.partial(self._limited, handler)
                status, content_type, body = await limited(scope, receive)
        except ClientGone:
            self._metrics.in_flight -= 1
            return
        except RequestError as error:
            status, content_type, body = error_answer(error, label.startswith("/v2"))
            if isinstance(error, PredictionFailed):
                headers.append(MODEL_ERROR)
            if status == 413:
                headers.append((b"connection", b"close"))
            if status == 503:
                headers.append((b"retry-after", b"1"))
        except Exception as error:
            log("error", "request-failed", path=label, error=repr(error))
            failure = {"error_code": "INTERNAL_ERROR", "message": "The model server failed. Its log has the reason."}
            status, content_type, body = 500, JSON, orjson.dumps(failure)
        headers += [(b"content-type", content_type), (b"content-length", str(len(body)).encode()), self._release_header]
        if _ROWS in scope:
            headers.append((b"x-slipway-rows", str(scope[_ROWS]).encode()))
        if scope.get(_SCORES) and len(scope[_SCORES]) <= MAX_LOGGED_SCORES:
            headers.append((b"x-slipway-scores", ",".join(f"{score:.6g}" for score in scope[_SCORES]).encode()))
        for name, value in scope["headers"]:
            if name == b"x-request-id" and _REQUEST_ID.match(value):
                headers.append((name, value))
                break
        if content_type.startswith(b"text/html"):
            headers.append((b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})
        self._metrics.in_flight -= 1
        self._metrics.observe(label, status, time.perf_counter() - started)

    def _route(self, path: str, method: str) -> tuple[str, str, Callable | None]:
        if path == "/":
            # Clients post to the address that they were given, and people open it.
            path = "/docs" if method in ("GET", "HEAD") else "/invocations"
        route = self._routes.get(path)
        if route is not None:
            return path, route[0], route[1]
        match = _MODEL_PATH.match(path)
        if match is None:
            return "other", "GET", None
        action = match["action"] or ""
        label = f"/v2/models/{{model}}{action}"
        if action == "/infer":
            return label, "POST", self._v2_infer
        return label, "GET", self._v2_model_ready if action else self._v2_model

    async def _limited(self, handler: Callable, scope: dict, receive: Receive) -> tuple[int, bytes, bytes]:
        """Run a handler within the release's request timeout; past it the answer is MLflow's 504."""
        task = asyncio.current_task()
        expired = False
        scope[_DEADLINE] = time.monotonic() + self._release.serving.request_timeout_seconds

        def expire() -> None:
            nonlocal expired
            expired = True
            task.cancel()

        timer = asyncio.get_running_loop().call_later(self._release.serving.request_timeout_seconds, expire)
        try:
            return await handler(scope, receive)
        except asyncio.CancelledError:
            if not expired:
                raise
            if hasattr(task, "uncancel"):
                task.uncancel()
            log("warning", "request-timeout", path=scope["path"][:200], seconds=self._release.serving.request_timeout_seconds)
            return 504, JSON, b"Request processing time exceeded limit"
        finally:
            timer.cancel()

    async def _invocations(self, scope: dict, receive: Receive) -> tuple[int, bytes, bytes]:
        self._require_model()
        content_type = header(scope, b"content-type")
        body = await read_body(scope, receive, self._release.serving.max_request_bytes)
        signature = self._release.signature
        if len(body) > LARGE_BODY_BYTES or content_type != "application/json":
            value = await asyncio.to_thread(parse, body, content_type, signature)
        else:
            value = parse(body, content_type, signature)
        return await self._answered(scope, value)

    async def _answered(self, scope: dict, value: ModelInput) -> tuple[int, bytes, bytes]:
        """MLflow's answer, as JSON or, where it is asked for, as CSV."""
        prediction = await self._prediction(scope, value)
        csv, names = wants_csv(header(scope, b"accept"))
        if csv:
            large = value.rows > LARGE_ANSWER_ROWS
            return 200, CSV, await asyncio.to_thread(as_csv, prediction, names) if large else as_csv(prediction, names)
        return 200, JSON, await encoded({"predictions": prediction.values}, value.rows)

    async def _prediction(self, scope: dict, value: ModelInput) -> Prediction:
        if self._batcher is None:
            raise NotReady("The model is not loaded yet.")
        scope[_ROWS] = value.rows
        prediction = await self._batcher.submit(value, scope[_DEADLINE])
        scope[_SCORES] = prediction.scores
        return prediction

    async def _chunk(self, scope: dict, receive: Receive) -> tuple[int, bytes, bytes]:
        """Rows of a file: see `batches`. A replica for batches has no other requests, and one chunk is predicted at a time."""
        self._require_model()
        asked = batches.read_asked(scope["query_string"])
        body = await read_body(scope, receive, batches.MAX_CHUNK_BYTES)
        async with self._one_chunk:
            scored = await asyncio.to_thread(batches.score, self._batcher.model, self._release.signature, body, asked)
        return 200, BYTES, await asyncio.to_thread(scored.encoded)

    async def _document(self, scope: dict, receive: Receive) -> dict:
        self._require_model()
        return await asyncio.to_thread(read_json, await read_body(scope, receive, self._release.serving.max_request_bytes))

    async def _instances(self, scope: dict, receive: Receive) -> tuple[int, bytes, bytes]:
        """Vertex AI's form, whatever its content type."""
        document = await self._document(scope, receive)
        value = await asyncio.to_thread(from_document, from_vertex(document, self._release.signature), self._release.signature)
        return 200, JSON, await encoded({"predictions": (await self._prediction(scope, value)).values}, value.rows)

    async def _score(self, scope: dict, receive: Receive) -> tuple[int, bytes, bytes]:
        """Azure Machine Learning's form of an MLflow model, which answers without a name around; else MLflow's own."""
        if (header(scope, b"content-type") or "").partition(";")[0].strip() != "application/json":
            return await self._invocations(scope, receive)
        document = await self._document(scope, receive)
        if "input_data" not in document:
            return await self._answered(scope, await asyncio.to_thread(from_document, document, self._release.signature))
        value = await asyncio.to_thread(from_document, from_azure(document), self._release.signature)
        return 200, JSON, await encoded((await self._prediction(scope, value)).values, value.rows)

    async def _v2_infer(self, scope: dict, receive: Receive) -> tuple[int, bytes, bytes]:
        self._require_named_model(scope)
        self._require_model()
        body = await read_body(scope, receive, self._release.serving.max_request_bytes)
        if len(body) > LARGE_BODY_BYTES:
            document, value = await asyncio.to_thread(self._parse_infer, body)
        else:
            document, value = self._parse_infer(body)
        prediction = await self._prediction(scope, value)
        answer = openinference.answer(document, prediction, self._release.model_name, self._release.model_version)
        return 200, JSON, await encoded(answer, value.rows)

    def _parse_infer(self, body: bytes) -> tuple[dict, ModelInput]:
        document = read_json(body)
        return document, openinference.parse_infer(document, self._release.signature)

    def _require_model(self) -> None:
        if self._batcher is None:
            raise NotReady("The model is not loaded yet.")

    def _require_named_model(self, scope: dict) -> None:
        match = _MODEL_PATH.match(scope["path"])
        if match is None or match["model"] != self._release.model_name:
            raise NotFound(f"This server has the model {self._release.model_name}.")
        if match["version"] is not None and match["version"] != self._release.model_version:
            raise NotFound(f"This server has version {self._release.model_version} of {self._release.model_name}.")

    async def _ping(self, _scope: dict, _receive: Receive) -> tuple[int, bytes, bytes]:
        return (200 if self._batcher is not None else 404), JSON, b"\n"

    async def _version(self, _scope: dict, _receive: Receive) -> tuple[int, bytes, bytes]:
        return 200, JSON, str(self._release.mlmodel.get("mlflow_version") or "").encode()

    async def _livez(self, _scope: dict, _receive: Receive) -> tuple[int, bytes, bytes]:
        return 200, TEXT, b"ok\n"

    async def _readyz(self, _scope: dict, _receive: Receive) -> tuple[int, bytes, bytes]:
        if self.ready:
            return 200, TEXT, b"ok\n"
        return 503, TEXT, b"draining\n" if self._draining else b"loading\n"

    async def _metrics_text(self, _scope: dict, _receive: Receive) -> tuple[int, bytes, bytes]:
        release = self._release
        info = {"release": release.digest, "model": release.model_name, "version": release.model_version, "flavor": self._flavor}
        waiting = self._batcher.waiting if self._batcher is not None else 0
        text = self._metrics.exposition(info, self.ready, waiting)
        return 200, b"text/plain; version=0.0.4; charset=utf-8", text.encode()

    async def _openapi_document(self, _scope: dict, _receive: Receive) -> tuple[int, bytes, bytes]:
        return 200, JSON, self._openapi_bytes

    async def _docs(self, _scope: dict, _receive: Receive) -> tuple[int, bytes, bytes]:
        return 200, b"text/html; charset=utf-8", openapi.page(self._release, self._openapi, self._example).encode()

    async def _v2_server(self, _scope: dict, _receive: Receive) -> tuple[int, bytes, bytes]:
        from . import __version__

        return 200, JSON, orjson.dumps({"name": "slipway", "version": __version__, "extensions": []})

    async def _v2_live(self, _scope: dict, _receive: Receive) -> tuple[int, bytes, bytes]:
        return 200, JSON, b'{"live":true}'

    async def _v2_ready(self, _scope: dict, _receive: Receive) -> tuple[int, bytes, bytes]:
        return (200 if self.ready else 503), JSON, b'{"ready":true}' if self.ready else b'{"ready":false}'

    async def _v2_model(self, scope: dict, _receive: Receive) -> tuple[int, bytes, bytes]:
        self._require_named_model(scope)
        release = self._release
        return 200, JSON, orjson.dumps(openinference.metadata(release.signature, release.model_name, release.model_version, self._platform))

    async def _v2_model_ready(self, scope: dict, _receive: Receive) -> tuple[int, bytes, bytes]:
        self._require_named_model(scope)
        body = orjson.dumps({"name": self._release.model_name, "ready": self.ready})
        return (200 if self.ready else 503), JSON, body


def _example(release: Release) -> dict | None:
    example = release.example_request()
    return example if isinstance(example, dict) else openapi.synthetic_request(release)
