"""Installs the peers into a folder, unless they are there: `install.py FOLDER`. Where all
that is there is still asked for, only what is new is fetched."""

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path

folder = Path(sys.argv[1])
requirements = Path(__file__).with_name("requirements.txt").read_text()
stamp = folder / "complete.txt"
python = f"{sys.version}\n"


def packages(text):
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def pip(*args, **how):
    return subprocess.run([sys.executable, "-m", "pip", *args], check=True, **how)


def bring_up_to_date(wanted, there):
    options = []
    if there and set(there) <= set(wanted):
        wanted = [package for package in wanted if package not in there]
        constraints = Path(f"{folder}.constraints.txt")
        with constraints.open("w") as file:  # What is there does not change.
            pip("freeze", "--path", folder, stdout=file)
        options = ["--constraint", constraints]
    else:
        shutil.rmtree(folder, ignore_errors=True)
    pip("install", "--disable-pip-version-check", "--target", folder, *options, *wanted)


folder.parent.mkdir(parents=True, exist_ok=True)
with open(f"{folder}.lock", "w") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    complete = stamp.read_text() if stamp.exists() else ""
    there = packages(complete.removeprefix(python)) if complete.startswith(python) else []
    if there != packages(requirements):
        bring_up_to_date(packages(requirements), there)
        stamp.write_text(python + requirements)
