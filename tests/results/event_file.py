"""Writes with TensorBoard's own code what event_file_test.ts compares with.

    python tests/results/event_file.py

Made with tensorboard 2.21.0, protobuf 7.36.2.
"""

import os

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.summary.writer.record_writer import RecordWriter

TIME = 1700000000.25


def curve(tag, value):
    return Summary.Value(tag=tag, simple_value=value)


def text(tag, value):
    return Summary.Value(
        tag=tag,
        metadata=SummaryMetadata(
            plugin_data=SummaryMetadata.PluginData(plugin_name="text")
        ),
        tensor=TensorProto(
            dtype="DT_STRING",
            tensor_shape=TensorShapeProto(dim=[TensorShapeProto.Dim(size=1)]),
            string_val=[value.encode()],
        ),
    )


EVENTS = [
    Event(wall_time=TIME, file_version="brain.Event:2"),
    Event(wall_time=TIME, session_log=SessionLog(status=SessionLog.START)),
    Event(
        wall_time=TIME,
        step=3,
        summary=Summary(value=[curve("reward", 0.3), curve("kl", -0.0)]),
    ),
    Event(
        wall_time=TIME,
        step=5_000_000_000,
        summary=Summary(
            value=[curve("alive", 1), text("samples", "|é 😀|\n|-|" + 200 * "x")]
        ),
    ),
]

path = os.path.join(os.path.dirname(__file__), "fixtures", "steps.tfevents")
with open(path, "wb") as file:
    writer = RecordWriter(file)
    for event in EVENTS:
        writer.write(event.SerializeToString(deterministic=True))
    writer.flush()
