"""Natural batching: whatever queued while the last batch ran becomes the next batch.

There is no wait window: a request that comes alone is predicted at once, and under load the constant cost of one
predict call is shared by all that wait. One thread predicts; others come only to where a call takes long, so that it does not hold up
whoever comes after it. (MLflow's own server calls models from several threads, too.)
"""

from __future__ import annotations

import asyncio
import threading
import time
import traceback
from collections import deque
from dataclasses import dataclass, field

from .batching import Prediction, predicted
from .errors import NotReady, PredictionFailed, RequestError
from .faults import likely_faults
from .flavors.flavor import Model
from .inputs import ModelInput
from .log import log
from .metrics import Metrics
from .pieces import piece_of, put_together

#: Rows that one predict call gets at most, unless those of a request cannot be divided.
MAX_BATCH_ROWS = 4096
#: Requests that may wait; more are refused at once instead of timing out later.
MAX_WAITING = 4096
#: A call that takes longer than this part of the request timeout is held to be slow: another thread predicts what waits.
SLOW_PART = 1 / 30
#: More threads than this do not predict at once.
MAX_THREADS = 8


@dataclass
class _Waiting:
    value: ModelInput
    future: asyncio.Future
    #: When its client has got an answer without it, by `time.monotonic`.
    deadline: float
    #: What its first rows gave, where it is predicted in pieces.
    pieces: list[Prediction] = field(default_factory=list)
    done_rows: int = 0

    def given_up(self) -> bool:
        return self.future.done() or time.monotonic() >= self.deadline


class Batcher:
    """Predicts for many requests. Made in the event loop that awaits its results."""

    def __init__(self, model: Model, metrics: Metrics, loop: asyncio.AbstractEventLoop, timeout_seconds: float):
        self._model = model
        self._metrics = metrics
        self._loop = loop
        self._slow_seconds = timeout_seconds * SLOW_PART
        self._waiting: deque[_Waiting] = deque()
        self._wake = threading.Semaphore(0)
        self._joins = True
        #: Held to take from the queue, and to come and go as a thread.
        self._lock = threading.Lock()
        #: The predict threads, each with the time since when it predicts; None while it waits.
        self._busy: dict[threading.Thread, float | None] = {}
        self._looking = False
        self._add_thread()

    @property
    def model(self) -> Model:
        """What predicts, for one that has rows of its own."""
        return self._model

    @property
    def waiting(self) -> int:
        """Requests that wait for a predict thread."""
        return len(self._waiting)

    def submit(self, value: ModelInput, deadline: float) -> asyncio.Future:
        """Queue one input. The future gives a Prediction, or raises PredictionFailed; cancel it to give up.

        What has not begun to be predicted by the deadline (`time.monotonic`) never is.
        """
        if len(self._waiting) >= MAX_WAITING:
            raise NotReady("Too many requests are waiting for this replica. Send the request again later.")
        future = self._loop.create_future()
        self._waiting.append(_Waiting(value, future, deadline))
        self._wake.release()
        if not self._looking:
            self._looking = True
            self._loop.call_later(self._slow_seconds, self._look)
        return future

    def _look(self) -> None:
        """Add a thread where all of them have long been at their calls while others wait."""
        with self._lock:
            self._looking = bool(self._waiting)
            blocked = self._looking and all(since is not None and self._is_slow(since) for since in self._busy.values())
            if blocked and len(self._busy) < MAX_THREADS:
                self._add_thread()
        if self._looking:
            self._loop.call_later(self._slow_seconds, self._look)

    def _is_slow(self, since: float) -> bool:
        return time.monotonic() - since >= self._slow_seconds

    def _add_thread(self) -> None:
        thread = threading.Thread(target=self._run, name="predict", daemon=True)
        self._busy[thread] = None
        thread.start()

    def _run(self) -> None:
        me = threading.current_thread()
        while True:
            self._wake.acquire()
            with self._lock:
                batch = self._take()
                self._busy[me] = time.monotonic()
            if batch:
                outcomes = self._outcomes(batch)
                self._loop.call_soon_threadsafe(_deliver, outcomes)
            with self._lock:
                self._busy[me] = None
                if any(thread is not me and (since is None or not self._is_slow(since)) for thread, since in self._busy.items()):
                    del self._busy[me]
                    # Whoever stays looks for what came meanwhile.
                    self._wake.release()
                    return

    def _take(self) -> list[_Waiting]:
        """The next batch: one request that is predicted in pieces, or several that are not."""
        batch: list[_Waiting] = []
        rows = 0
        while self._waiting and (not batch or rows + self._waiting[0].value.rows <= MAX_BATCH_ROWS):
            item = self._waiting.popleft()
            if not item.given_up():
                batch.append(item)
                rows += item.value.rows
        if self._waiting:
            self._wake.release()
        return batch

    def _outcomes(self, batch: list[_Waiting]) -> list[tuple[asyncio.Future, Prediction | RequestError]]:
        groups: dict[object, list[_Waiting]] = {}
        for item in batch:
            key = self._key(item)
            groups.setdefault(id(item) if key is None else key, []).append(item)
        outcomes = []
        for group in groups.values():
            outcomes.extend(self._predict_group(group))
        return outcomes

    def _key(self, item: _Waiting) -> object | None:
        """What is equal for requests that can be predicted by one call; None for one that cannot with any other."""
        # Parameters hold for a whole call.
        return item.value.key() if self._joins and item.value.params is None else None

    def _predict_group(self, group: list[_Waiting]) -> list[tuple[asyncio.Future, Prediction | RequestError]]:
        if len(group) == 1:
            [item] = group
            long = item.value.rows > MAX_BATCH_ROWS and self._key(item) is not None
            outcome = self._next_piece(item) if long else self._predict_alone(item.value)
            return [] if outcome is None else [(item.future, outcome)]
        rows = sum(item.value.rows for item in group)
        try:
            joined = self._predict([item.value for item in group], rows)
            if not joined.per_row:
                # The answer cannot be divided among the requests: this model is never batched again.
                self._joins = False
                return [(item.future, self._predict_alone(item.value)) for item in group]
        except Exception:
            # One bad row fails a whole batch; predicting each request alone keeps it from failing strangers.
            return [(item.future, self._predict_alone(item.value)) for item in group]
        outcomes = []
        start = 0
        for item in group:
            end = start + item.value.rows
            outcomes.append((item.future, joined.part(start, end)))
            start = end
        return outcomes

    def _next_piece(self, item: _Waiting) -> Prediction | RequestError | None:
        """Predict some rows of a long request; it queues again behind what has come meanwhile, until the last of them."""
        start = item.done_rows
        end = min(start + MAX_BATCH_ROWS, item.value.rows)
        try:
            piece = self._predict([piece_of(item.value, start, end)], end - start)
        except Exception as error:
            return self._failed(item.value, error)
        if not piece.per_row:
            self._joins = False
            return self._predict_alone(item.value)
        item.pieces.append(piece)
        item.done_rows = end
        if end == item.value.rows:
            return put_together(item.pieces)
        self._waiting.append(item)
        self._wake.release()
        return None

    def _predict_alone(self, value: ModelInput) -> Prediction | RequestError:
        try:
            return self._predict([value], value.rows)
        except Exception as error:
            return self._failed(value, error)

    def _failed(self, value: ModelInput, error: Exception) -> RequestError:
        if isinstance(error, RequestError):
            return error
        with self._lock:
            self._metrics.prediction_errors += 1
        log("error", "prediction-failed", rows=value.rows, trace="".join(traceback.format_exception(error)))
        return PredictionFailed(likely_faults(value, error))

    def _predict(self, parts: list[ModelInput], rows: int) -> Prediction:
        answer = predicted(self._model, parts, rows)
        with self._lock:
            self._metrics.batch_rows.observe(rows)
        return answer


def _deliver(outcomes: list[tuple[asyncio.Future, Prediction | RequestError]]) -> None:
    for future, outcome in outcomes:
        if future.done():
            continue
        if isinstance(outcome, RequestError):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
