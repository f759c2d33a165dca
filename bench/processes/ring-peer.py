"""The writer of a ring in Python: ring-peer.py SOURCES write|stamp ROOT RECORDS LENGTH|INTERVAL_NANOS."""

import struct
import sys
import time

sources, side, root, records, third = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
sys.path.insert(0, sources)
import ringwire  # noqa: E402

writer = ringwire.RingWriter.resume(root, 1)
while not writer.active_positions():
    time.sleep(0.001)


def put(record):
    while True:
        try:
            writer.write(record)
            return
        except ringwire.RingwireError as error:
            if error.code != 'BACK_PRESSURED':
                raise
            writer.wait_for_room(0.01)


if side == 'write':
    record = bytearray(third)
    for n in range(records):
        struct.pack_into('<I', record, 0, n)
        struct.pack_into('<I', record, third - 4, ~n & 0xFFFF_FFFF)
        put(record)
else:
    due = time.monotonic_ns()
    for _ in range(records):
        while time.monotonic_ns() < due:
            pass
        due += third
        put(struct.pack('<d', float(time.monotonic_ns())))
writer.close()
print('{}')
