"""Runs the API for ever, as a container with `restart: always` would: `serve.py PORT`. Its process id is kept in a file."""

import os
import subprocess
import sys
from pathlib import Path

PID = Path(os.environ["BOXOFFICE_PID_FILE"])

while True:
    command = [sys.executable, "-m", "uvicorn", "main:app", "--host", "127.0.0.1", "--port", sys.argv[1], "--no-access-log"]
    process = subprocess.Popen(command)
    PID.write_text(str(process.pid))
    process.wait()
