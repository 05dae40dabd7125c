"""What senders of metrics write: remote-write requests as Prometheus makes them, OTLP as its own library does."""

import struct

import pyarrow as pa


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def sized(content):
    return varint(len(content)) + content


def series(labels, *samples):
    """A TimeSeries: labels in order of their names, samples (time in ms, value); a value of zero is left out."""
    parts = [
        b"\x0a" + sized(b"\x0a" + sized(n.encode()) + b"\x12" + sized(v.encode())) for n, v in sorted(labels.items())
    ]
    for time_ms, value in samples:
        zero = struct.pack("<d", value) == bytes(8)
        parts.append(b"\x12" + sized((b"" if zero else b"\x09" + struct.pack("<d", value)) + b"\x10" + varint(time_ms)))
    return b"".join(parts)


def request(*written):
    """A WriteRequest."""
    return b"".join(b"\x0a" + sized(each) for each in written)


def snappy(body):
    return pa.compress(body, codec="snappy", asbytes=True)


def labelled(name, **labels):
    return {"__name__": name, **labels}
