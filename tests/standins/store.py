"""What the gateways know, in one SQLite file, so that it is still there after a kill -9 and a restart.

The write-ahead log reaches the operating system with each commit; that outlives the process, which is all that is asked
for. It need not outlive the machine, so nothing waits for the disk.
"""

import contextlib
import fcntl
import sqlite3
import threading


class Store:
    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        # Two that share a folder would both send its callbacks. The lock ends with the process, however it ends.
        self._owner = open(folder / "owner", "w", encoding="utf-8")
        fcntl.flock(self._owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._connection = sqlite3.connect(folder / "gateways.sqlite", check_same_thread=False, isolation_level=None,
                                           timeout=10)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = OFF")
        # One connection and one lock: calls are short, and one at a time is what makes a gateway's rules simple.
        self._lock = threading.Lock()

    def make(self, schema):
        with self._lock:
            self._connection.executescript(schema)

    @contextlib.contextmanager
    def transaction(self):
        """All of what happens within is kept, or, if it raises, nothing."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self):
        """For good: whoever asks for a transaction after that waits until the process has ended."""
        self._lock.acquire()
        self._connection.close()
