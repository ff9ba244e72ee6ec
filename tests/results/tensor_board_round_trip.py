"""Reads with TensorBoard what tensor_board_round_trip.ts wrote, and compares.

    python tests/results/tensor_board_round_trip.py data/runs/board

Ran with tensorboard 2.21.0.
"""

import json
import os
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

folder = sys.argv[1]
with open(os.path.join(folder, "rows.json")) as file:
    rows = json.load(file)
points = 0
for coefficient in (0.2, 0.5):
    for seed in (3, 4):
        member = f"board/roundtrip ADRPO-FM/beta0={coefficient} seed={seed}"
        events = EventAccumulator(os.path.join(folder, member)).Reload()
        tags = events.Tags()
        own = [
            row
            for row in rows
            if row["coefficient"] == coefficient and row["seed"] == seed
        ]
        assert [row["iteration"] for row in own] == [0, 2, 4]
        for tag in ("size", "reward", "alive", "gradNorm"):
            got = [(event.step, event.value) for event in events.Scalars(tag)]
            expected = [
                (row["iteration"], row[tag])
                for row in own
                if isinstance(row[tag], (int, float))
            ]
            assert [step for step, _ in got] == [step for step, _ in expected], got
            for (_, a), (_, b) in zip(got, expected):
                assert abs(a - b) <= 1e-6 * max(1, abs(b)), (tag, a, b)
            points += len(got)
        texts = events.Tensors("samples") if "samples" in tags["tensors"] else []
        assert [event.step for event in texts] == ([0, 2, 4] if seed == 3 else [])
        for event in texts:
            [text] = event.tensor_proto.string_val
            assert rb"|<b>\|" in text and rb"\n|" in text, text
            points += 1
print(f"{points} points agree, each step once")
