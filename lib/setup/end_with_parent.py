"""Runs a program that ends when the process which asked for it does.

    python end_with_parent.py PROGRAM [ARGUMENT ...]

A process that is killed cannot end its children, so they watch it. Jupyter gives
a kernel a session of its own, where no signal of the terminal reaches it either.
"""

import os
import signal
import subprocess
import sys
import time

parent = os.getppid()
program = subprocess.Popen(sys.argv[1:])
signal.signal(signal.SIGTERM, lambda *_: program.terminate())
# A terminal sends these to the program as well, which may want to ask first.
signal.signal(signal.SIGINT, lambda *_: None)
signal.signal(signal.SIGHUP, lambda *_: None)

while program.poll() is None and os.getppid() == parent:
    time.sleep(0.2)
if program.poll() is None:
    program.terminate()
    try:
        program.wait(5)
    except subprocess.TimeoutExpired:
        program.kill()
code = program.wait()
sys.exit(128 - code if code < 0 else code)
