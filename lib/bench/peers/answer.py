"""Answers the benchmark's questions: one JSON object a line, in and out."""

import json
import os
import resource
import sys
import time

import numpy as np


def read_arrays(path):
    """Reads a safetensors file as numpy arrays by name."""
    with open(path, "rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
        data = file.read()
    types = {"F32": np.float32, "I32": np.int32}
    return {
        name: np.frombuffer(data[slice(*entry["data_offsets"])], types[entry["dtype"]])
        .reshape(entry["shape"])
        .copy()
        for name, entry in header.items()
        if name != "__metadata__"
    }


def group(arrays, prefix):
    """The arrays whose names start with a prefix, without it."""
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }


def seconds(action):
    """How many seconds an action takes."""
    before = time.perf_counter()
    action()
    return time.perf_counter() - before


def peak_memory():
    """The most memory that this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def answer(versions, start, load=None):
    """Answers until the input ends.

    `start(work, way, params)` sets work up and returns an object with `pieces`,
    `call(n)`, which does n calls to their end, and `values(draws)`, which does one
    piece of the work with given draws and returns numbers to compare. `load(path)`
    loads a pretrained model.
    """
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # What libraries print goes to stderr.
    running = {}

    def prepare(ask):
        arrays = read_arrays(ask["path"])
        work = start(ask["work"], ask["way"], group(arrays, "params/"))
        first = seconds(lambda: work.call(1))
        if ask["warmUps"]:
            work.call(ask["warmUps"])
        running[ask["key"]] = work
        return {"pieces": work.pieces, "firstSeconds": first}

    def measure(ask):
        work = running[ask["key"]]
        return {"seconds": seconds(lambda: work.call(ask["calls"]))}

    def values(ask):
        arrays = read_arrays(ask["path"])
        work = start(ask["work"], ask["way"], group(arrays, "params/"))
        return {
            "values": [
                np.asarray(work.values(group(arrays, f"draws/{i}/"))).ravel().tolist()
                for i in range(ask["iterations"])
            ]
        }

    asked = {
        "describe": lambda ask: versions,
        "memory": lambda ask: {"megabytes": peak_memory()},
        "load": lambda ask: {"seconds": seconds(lambda: load(ask["path"]))},
        "prepare": prepare,
        "measure": measure,
        "values": values,
        "drop": lambda ask: running.pop(ask["key"]) and {},
    }
    for line in sys.stdin:
        ask = json.loads(line)
        try:
            reply = asked[ask["ask"]](ask)
        except Exception as error:  # The benchmark says it and goes on without.
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=out, flush=True)
