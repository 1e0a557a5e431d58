"""Serves the stand-ins of the outside world on 127.0.0.1, for tests and the demo. See README.md beside this file."""

import argparse
import http.server
import os
import pathlib
import signal
import socketserver
import sys
import threading
import time
import urllib.parse

import callbacks
import inicis
import inicis_payments
import toss
import toss_payments
from call import Call, json_answer
from control import Control
from store import Store
from trouble import Trouble

LARGEST_BODY = 1 << 20


class World:
    """Everything outside, put together."""

    def __init__(self, options):
        self.store = Store(options.folder)
        for part in (callbacks, toss, toss_payments, inicis_payments):
            self.store.make(part.SCHEMA)
        self.trouble = Trouble(options.seed)
        self.callbacks = callbacks.Callbacks(self.store, self.trouble)
        at_toss = toss_payments.TossPayments(self.callbacks, self.trouble, options.toss_confirm_within_s)
        at_inicis = inicis_payments.InicisPayments(self.trouble)
        inicis_gateway = inicis.Inicis(self.store, at_inicis, self.trouble, options.inicis_mid,
                                       options.inicis_sign_key, options.inicis_api_key, options.inicis_mobile_key)
        self.gateways = [toss.Toss(self.store, at_toss, self.trouble, options.toss_secret_key), inicis_gateway]
        self.control = Control(self.store, self.trouble, self.callbacks, at_toss, at_inicis, inicis_gateway)
        self.toss_payments = at_toss

    def start(self):
        self.callbacks.start()
        threading.Thread(target=self._pass_time, daemon=True).start()

    def _pass_time(self):
        while True:
            time.sleep(0.5)
            with self.store.transaction() as db:
                self.toss_payments.expire(db)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_any(self):
        world = self.server.world
        room, path, query = self._where()
        if room is not world.control and world.trouble.refuses():
            # Not sooner, as only the path says whether it is /control, which shares the port and goes on working.
            self.close_connection = True
            return
        body = self._body()
        if body is None:
            return
        call = Call(self.command, path, query, self.headers, body)
        if room is None:
            there_are = ", ".join(known.prefix for known in (world.control, *world.gateways))
            self._say(json_answer(404, {"error": f"there are: {there_are}"}))
        elif room is world.control:
            self._say(room.answer(call))
        elif world.trouble.fails():
            self._say(room.broken())
        else:
            answer = room.answer(call)
            if world.trouble.goes_silent():
                self.close_connection = True
            else:
                self._say(answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_any

    def _where(self):
        """Whose the path is (None: nobody's), the rest of the path, the query."""
        url = urllib.parse.urlsplit(self.path)
        for room in (self.server.world.control, *self.server.world.gateways):
            if url.path.startswith(room.prefix + "/"):
                return room, url.path.removeprefix(room.prefix), dict(urllib.parse.parse_qsl(url.query))
        return None, url.path, {}

    def _body(self):
        length = self.headers.get("Content-Length", "0")
        if (self.headers.get("Transfer-Encoding") or not length.isdecimal() or len(length) > 9
                or int(length) > LARGEST_BODY):
            self.close_connection = True
            self._say(json_answer(411, {"error": f"say the Content-Length, at most {LARGEST_BODY}"}))
            return None
        return self.rfile.read(int(length))

    def _say(self, answer):
        reason = http.server.BaseHTTPRequestHandler.responses.get(answer.status, ("",))[0]
        self.wfile.write(f"HTTP/1.1 {answer.status} {reason}\r\nContent-Type: {answer.content_type}\r\n"
                         f"Content-Length: {len(answer.body)}\r\n"
                         f"{'Connection: close' if self.close_connection else 'Connection: keep-alive'}\r\n\r\n"
                         .encode() + answer.body)

    def log_message(self, *_):
        """Nothing is logged: what was done to whom is in /control."""


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, port, world):
        self.world = world
        super().__init__(("127.0.0.1", port), Handler)

    def server_bind(self):
        # Without the look-up of the machine's name that HTTPServer does.
        socketserver.TCPServer.server_bind(self)

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # A caller may go away at any time.
            super().handle_error(request, client_address)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, required=True, help="0: any that is free")
    options.add_argument("--folder", type=pathlib.Path, required=True, help="where the gateways keep what they know")
    options.add_argument("--seed", type=int, default=1, help="of the draws of trouble")
    options.add_argument("--toss-secret-key", default="test_sk_standin")
    options.add_argument("--toss-confirm-within-s", type=float, default=600, help="after that an agreement expires")
    options.add_argument("--inicis-mid", default="standin000")
    options.add_argument("--inicis-sign-key", default="sign_key_standin")
    options.add_argument("--inicis-api-key", default="api_key_standin")
    options.add_argument("--inicis-mobile-key", default="mobile_key_standin")
    options = options.parse_args()
    try:
        world = World(options)
        server = Server(options.port, world)
    except OSError as error:
        sys.exit(f"cannot serve on 127.0.0.1:{options.port} from {options.folder}: {error.strerror}")

    # Also for threads: signals are taken here and nowhere else.
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    world.start()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"listening on 127.0.0.1:{server.server_address[1]}", flush=True)
    signal.sigwait(ends)
    # Waits for the transaction under way. Calls that are still at work find the machine gone.
    world.store.close()
    os._exit(0)


if __name__ == "__main__":
    main()
