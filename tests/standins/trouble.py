"""What can go wrong with the outside world, in shares of 1, drawn from a seed.

Each kind of trouble has a sequence of draws of its own, so that turning one on does not change when another strikes.
Trouble is in memory only: a stand-in that is started again is calm.
"""

import random
import threading
import time

from call import BadCall

CALM = {
    "fail": 0.0,  # Share of calls answered 500 without doing anything.
    "done_but_silent": 0.0,  # Share of calls that do the work, then close the connection without an answer ...
    "silent_ms": 0,  # ... after this long.
    "slow": 0.0,  # Share of calls whose work begins only ...
    "slow_ms": 0,  # ... after this long: whoever asks meanwhile hears that nothing has happened yet.
    "refuse_connections": False,  # Close before an answer, whatever is asked.
    "reject_card": 0.0,  # Share of approvals that the card company refuses.
    "other_amount": 0.0,  # Share of approvals that capture another amount than was agreed.
    "callback_times": 1,  # How often each callback is sent.
    "callback_delay_ms": [0, 0],  # From, to.
    "callback_shuffle": False,  # Callbacks about one payment overtake each other.
    "callback_lost": 0.0,  # Share of callbacks that are never sent.
}
SHARES = {name for name, value in CALM.items() if type(value) is float}
SWITCHES = {name for name, value in CALM.items() if type(value) is bool}
DONE_TO_CALLERS = ("failed", "silent", "slowed", "refused", "cards_rejected", "other_amounts", "callbacks_lost",
                   "callbacks_repeated")
SHUFFLE_WINDOW_MS = 400
LONGEST_MS = 600_000


def checked(name, value):
    """The value as it is kept; BadCall says what is wrong with it."""
    if name not in CALM:
        raise BadCall(f"there is no trouble '{name}'; there are: {', '.join(CALM)}")
    if name in SHARES:
        if type(value) not in (int, float) or not 0 <= value <= 1:
            raise BadCall(f"{name} is a share, from 0 to 1")
        return float(value)
    if name in SWITCHES:
        if type(value) is not bool:
            raise BadCall(f"{name} is true or false")
        return value
    if name == "callback_times":
        if type(value) is not int or not 1 <= value <= 100:
            raise BadCall("callback_times is a whole number from 1 to 100")
        return value
    if name == "callback_delay_ms":
        if (not isinstance(value, list) or len(value) != 2 or any(type(part) is not int for part in value)
                or not 0 <= value[0] <= value[1] <= LONGEST_MS):
            raise BadCall(f"callback_delay_ms is [from, to], whole milliseconds, 0 to {LONGEST_MS}")
        return value
    if type(value) is not int or not 0 <= value <= LONGEST_MS:
        raise BadCall(f"{name} is whole milliseconds, 0 to {LONGEST_MS}")
    return value


class Trouble:
    def __init__(self, seed):
        self._seed = seed
        self._lock = threading.Lock()
        self.calm()

    def calm(self):
        """No trouble at all, counters at 0, draws from the beginning."""
        with self._lock:
            self._now = dict(CALM)
            self._done = dict.fromkeys(DONE_TO_CALLERS, 0)
            self._draws = {}

    def change(self, wanted):
        """What is not named stays as it is. Nothing changes if one of them is wrong."""
        wanted = {name: checked(name, value) for name, value in wanted.items()}
        with self._lock:
            self._now.update(wanted)

    def shown(self):
        with self._lock:
            return {"seed": self._seed, "trouble": dict(self._now), "done": dict(self._done)}

    # What callers ask. Each draws, and counts if it strikes.

    def refuses(self):
        with self._lock:
            if self._now["refuse_connections"]:
                self._done["refused"] += 1
            return self._now["refuse_connections"]

    def fails(self):
        return self._strikes("fail", "failed")

    def slow_down(self):
        if self._strikes("slow", "slowed"):
            time.sleep(self._now["slow_ms"] / 1000)

    def goes_silent(self):
        """True after the wait, if the caller is to get no answer."""
        if not self._strikes("done_but_silent", "silent"):
            return False
        time.sleep(self._now["silent_ms"] / 1000)
        return True

    def rejects_card(self):
        return self._strikes("reject_card", "cards_rejected")

    def one_of(self, kind, choices):
        with self._lock:
            return self._draw(kind).choice(choices)

    def captured_instead_of(self, amount):
        """What is captured when `amount` was agreed: nearly always that; else up to a tenth more or less."""
        if not self._strikes("other_amount", "other_amounts"):
            return amount
        with self._lock:
            off_by = self._draw("by how much").randint(1, max(1, amount // 10))
            more = self._draw("more or less").random() < 0.5
        return amount - off_by if amount > off_by and not more else amount + off_by

    def callback_delays_s(self):
        """One delay for each time that a callback is to be sent; none if all are lost."""
        with self._lock:
            now, delays = self._now, []
            for repeat in range(now["callback_times"]):
                if self._draw("callback_lost").random() < now["callback_lost"]:
                    self._done["callbacks_lost"] += 1
                    continue
                window = SHUFFLE_WINDOW_MS if now["callback_shuffle"] else 0
                delay = self._draw("callback_delay").randint(*now["callback_delay_ms"])
                delays.append((delay + self._draw("callback_shuffle").uniform(0, window)) / 1000)
                self._done["callbacks_repeated"] += repeat > 0
            return delays

    def shuffles_callbacks(self):
        return self._now["callback_shuffle"]

    def _draw(self, kind):
        if kind not in self._draws:
            self._draws[kind] = random.Random(f"{self._seed}/{kind}")
        return self._draws[kind]

    def _strikes(self, kind, counter):
        with self._lock:
            if self._now[kind] == 0 or self._draw(kind).random() >= self._now[kind]:
                return False
            self._done[counter] += 1
            return True
