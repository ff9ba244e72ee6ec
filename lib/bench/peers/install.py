"""Installs the peers into a folder, unless they are there: `install.py FOLDER`."""

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path

folder = Path(sys.argv[1])
requirements = Path(__file__).with_name("requirements.txt")
stamp = folder / "complete.txt"
wanted = f"{sys.version}\n{requirements.read_text()}"

folder.parent.mkdir(parents=True, exist_ok=True)
with open(f"{folder}.lock", "w") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "install", "--target", folder),
                *("--disable-pip-version-check", "--requirement", requirements),
            ],
            check=True,
        )
        stamp.write_text(wanted)
