"""Serves moto, an AWS mock, on a free port of loopback, for `scripts/test`.

Prints its endpoint as one line when it is ready, and runs until its standard input closes. The process that started it
holds the other end, so the server ends with that process.
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
