"""The peer of the conformance suite in Python; see protocol.md."""

import sys

sys.path.insert(0, sys.argv[2])
import ringwire  # noqa: E402

root = sys.argv[1]
writer = reader = None


def content(number, length):
    return number.to_bytes(4, 'little') + bytes((number + i) & 255 for i in range(4, length))


def produce(first, count, length):
    for number in range(first, first + count):
        while True:
            try:
                writer.write(content(number, length))
                break
            except ringwire.RingwireError as error:
                if error.code != 'BACK_PRESSURED':
                    raise
                writer.wait_for_room(0.05)
    return 'ok'


def lost():
    return reader.losses['records'] if hasattr(reader, 'losses') else 0


def consume(count):
    got = 0
    while got + lost() < count and reader.end_reason is None:
        record = reader.try_read()
        if record is None:
            reader.wait(0.05)
        elif record == content(got + lost(), len(record)):
            got += 1
        else:
            return 'error MISMATCH'
    return f'consumed {got} {lost()} {reader.end_reason.code if reader.end_reason else "-"}'


def run(op, args):
    global writer, reader
    if op == 'create-ring':
        channel, capacity, longest, policy, stuck, after = args
        options = dict(policy=policy, stuck_reader=stuck, stuck_after_ms=int(after))
        writer = ringwire.RingWriter.create(
            root, int(channel), capacity=int(capacity), max_message_length=int(longest), **options
        )
        return 'ok'
    if op == 'create-log':
        channel, capacity, longest = map(int, args)
        writer = ringwire.LogWriter.create(root, channel, capacity=capacity, max_message_length=longest)
        return 'ok'
    if op == 'resume':
        writer = ringwire.RingWriter.resume(root, int(args[0]))
        return 'ok'
    if op == 'write':
        return f'taken {writer.write(bytes.fromhex(args[0] if args else ""))}'
    if op == 'claim':
        data = bytes.fromhex(args[0])
        before = writer.position
        with writer.claim(len(data)) as place:
            place[:] = data
        return f'taken {writer.position - before}'
    if op == 'batch':
        return f'taken {writer.write_batch([bytes.fromhex(part) for part in args[0].split(",")])}'
    if op == 'heartbeat':
        return f'taken {writer.heartbeat()}'
    if op == 'produce':
        return produce(*map(int, args))
    if op in ('flush', 'detach', 'close'):
        getattr(writer, op)()
        return 'ok'
    if op == 'open':
        channel, start, how = args
        reader = ringwire.open_reader(root, int(channel)) if is_log(int(channel)) else ringwire.RingReader.open(
            root, int(channel), start=start, observe=how == 'observe', name='peer'
        )
        return 'ok'
    if op == 'read':
        record = reader.try_read()
        if record is not None:
            return f'record {record.hex()}'
        return 'nothing' if reader.end_reason is None else f'end {reader.end_reason.code}'
    if op == 'consume':
        return consume(int(args[0]))
    if op == 'stats':
        losses = getattr(reader, 'losses', {'records': 0, 'bytes': 0})
        epoch = getattr(reader, 'epoch', 0)
        return f'stats {reader.position} {reader.sequence} {reader.heartbeats} {epoch} {losses["records"]} {losses["bytes"]}'
    if op == 'alive':
        return f'alive {int(reader.writer_alive())}'
    if op == 'close-reader':
        reader.close()
        return 'ok'
    return 'error UNKNOWN'


def is_log(channel):
    try:
        ringwire.LogReader.open(root, channel).close()
        return True
    except ringwire.RingwireError as error:
        if error.code == 'INCOMPATIBLE_VERSION':
            return False
        raise


for line in sys.stdin:
    op, *args = line.split()
    try:
        print(run(op, args), flush=True)
    except ringwire.RingwireError as error:
        word = 'end' if op == 'read' else 'error'
        print(f'{word} {error.code}', flush=True)
