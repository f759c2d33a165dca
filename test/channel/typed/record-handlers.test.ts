/** Actions of handlers on the reader that calls them. */
import { describe, expect, it } from 'vitest';
import { availableBackends } from '../../../src/platform/index.js';
import { drain, text } from '../../writer-and-reader.js';
import { openChannel } from '../channel-under-test.js';

describe.each(availableBackends())('a record handler with %s', (backend) => {
  const tenRecords = () => {
    const channel = openChannel({ backend });
    for (let i = 0; i < 10; i++) channel.writer.write(text(`${i}`));
    return channel;
  };

  it('that throws does not receive its record again', () => {
    using channel = tenRecords();
    const boom = new Error('boom');
    const seen: string[] = [];
    const poll = () =>
      channel.reader.poll((buffer, offset, length) => {
        const record = buffer.toString('utf8', offset, offset + length);
        if (record === '4' && !seen.includes('4')) {
          seen.push(record);
          throw boom;
        }
        seen.push(record);
      });
    expect(poll).toThrowError(boom);
    expect(channel.reader.position).toBe(5 * 16);
    expect(poll()).toBe(5);
    expect(seen.join('')).toBe('0123456789');
  });

  it('may close the reader: the poll ends, the next one is refused', () => {
    using channel = tenRecords();
    let calls = 0;
    const taken = channel.reader.poll(() => {
      calls++;
      channel.reader.close();
    });
    expect([taken, calls]).toEqual([1, 1]);
    expect(() => channel.reader.poll(() => {})).toThrowError(expect.objectContaining({ code: 'CLOSED' }));
    expect(() => channel.reader.tryRead()).toThrowError(expect.objectContaining({ code: 'CLOSED' }));
    expect(() => channel.reader.moveTo(0)).toThrowError(expect.objectContaining({ code: 'CLOSED' }));
    expect(channel.reader.writerAlive).toBeNull();
  });

  it('may close the reader in the callback read, and no damage is reported', () => {
    using channel = tenRecords();
    expect(channel.reader.read(() => channel.reader.close(), 10)).toBe(16);
    expect(channel.reader.endReason).toBeNull();
    expect(() => channel.reader.read(() => {}, 10)).toThrowError(expect.objectContaining({ code: 'CLOSED' }));
  });

  it('may move the reader: the next poll continues there', () => {
    using channel = tenRecords();
    const seen: string[] = [];
    const poll = () =>
      channel.reader.poll((buffer, offset, length, position) => {
        seen.push(buffer.toString('utf8', offset, offset + length));
        if (position === 32 && seen.length === 3) channel.reader.moveTo(128);
      });
    expect(poll()).toBe(3);
    expect(poll()).toBe(2);
    expect(seen.join('')).toBe('01289');
    let moved = false;
    const bytes =
      channel.reader.moveTo(0) +
      channel.reader.read(() => {
        if (!moved) channel.reader.moveTo(112);
        moved = true;
      }, 3);
    expect(bytes).toBe(48);
    expect(channel.reader.position).toBe(144);
  });

  it('may poll the same reader: every record is delivered once', () => {
    using channel = tenRecords();
    const seen: string[] = [];
    const poll = (depth: number): number =>
      channel.reader.poll((buffer, offset, length) => {
        seen.push(buffer.toString('utf8', offset, offset + length));
        if (depth > 0) poll(depth - 1);
      }, 3);
    while (poll(2) > 0);
    expect(seen.join('')).toBe('0123456789');
  });

  it('is not called for heartbeats, which count', () => {
    using channel = openChannel({ backend });
    channel.writer.heartbeat();
    channel.writer.write(text('a'));
    channel.writer.heartbeat();
    channel.writer.write(Buffer.alloc(0));
    channel.writer.write(text('b'));
    expect(drain(channel.reader)).toEqual(['a', 'b']);
    expect(channel.reader.heartbeats).toBe(3);
    expect(channel.reader.position).toBe(channel.writer.writeOffset);
  });

  it('receives at most the requested number of records', () => {
    using channel = tenRecords();
    expect(drain(channel.reader, 0)).toEqual([]);
    expect(drain(channel.reader, 4)).toEqual(['0', '1', '2', '3']);
    expect(drain(channel.reader)).toHaveLength(6);
  });
});
