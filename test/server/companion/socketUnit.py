"""What systemd does for a socket unit with its service (sd_listen_fds(3)): it listens, starts the service when somebody connects, and again after its end.

Arguments: `--port PORT` unless any will do, and the command of the service. Prints the port. Ends the service when it is ended itself.
"""

import os
import select
import signal
import socket
import sys

arguments = sys.argv[1:]
port = 0
if arguments[0] == "--port":
    port, arguments = int(arguments[1]), arguments[2:]
listening = socket.create_server(("127.0.0.1", port))
print(listening.getsockname()[1], flush=True)
pid = None


def end(*_):
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
    os._exit(0)


signal.signal(signal.SIGTERM, end)
while True:
    select.select([listening], [], [])
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.dup2(listening.fileno(), 3)
        os.set_inheritable(3, True)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
        os.execvp(arguments[0], arguments)
    os.waitpid(pid, 0)
    pid = None
