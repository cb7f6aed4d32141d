"""Serves ministack, an AWS mock that enforces IAM policies, on a free port of loopback, for `scripts/test`.

Prints its endpoint as one line, and runs until its standard input closes, like `scripts/moto.py`. The account's root user
is `root` with the secret key `rootsecret`.
"""

import asyncio
import os
import socket
import sys
import tempfile

from hypercorn.asyncio import serve
from hypercorn.config import Config


def main() -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    folder = tempfile.TemporaryDirectory()
    # The module reads all of this when it is imported. The MQTT listener would take a fixed port on every address.
    os.environ.update(
        AUTH="true",
        AWS_ACCESS_KEY_ID="root",
        AWS_SECRET_ACCESS_KEY="rootsecret",
        GATEWAY_PORT=str(port),
        IOT_MTLS_ENABLED="0",
        LOG_LEVEL="ERROR",
        MINISTACK_HOST="127.0.0.1",
        TMPDIR=folder.name,
    )
    from ministack.app import app

    config = Config()
    config.bind = [f"fd://{listening.fileno()}"]
    config.loglevel = "ERROR"

    async def until_stdin_closes() -> None:
        await asyncio.to_thread(sys.stdin.buffer.read)

    print(f"http://127.0.0.1:{port}", flush=True)
    asyncio.run(serve(app, config, shutdown_trigger=until_stdin_closes))
    folder.cleanup()


if __name__ == "__main__":
    main()
