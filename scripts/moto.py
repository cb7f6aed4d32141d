"""Serves moto, a stand-in for AWS, on a free port of loopback, for `scripts/test`.

Prints its endpoint as one line once it answers, and serves until its standard input closes: whoever started it holds the
other end, so it ends with them however they end.
"""

import logging
import sys

from moto.server import ThreadedMotoServer


def main() -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # one line for each request otherwise
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()  # returns when the socket is bound
    host, port = server.get_host_and_port()
    print(f"http://{host}:{port}", flush=True)
    sys.stdin.buffer.read()
    server.stop()


if __name__ == "__main__":
    main()
