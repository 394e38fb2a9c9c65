"""What systemd does for a socket unit with its service (sd_listen_fds(3)): it listens, starts the service when somebody connects, and again after its end.

Arguments: the command of the service. Prints the port.
"""

import os
import select
import socket
import sys

listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
while True:
    select.select([listening], [], [])
    pid = os.fork()
    if pid == 0:
        os.dup2(listening.fileno(), 3)
        os.set_inheritable(3, True)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
        os.execvp(sys.argv[1], sys.argv[1:])
    os.waitpid(pid, 0)
