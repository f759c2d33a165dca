import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  CONTROL_MESSAGE_LENGTH,
  ControlMessageKind,
  decodeControlMessage,
  encodeControlMessage,
} from '../../src/relay/aeron/control-message.js';

const number = fc.maxSafeNat();
const message = fc.record({
  kind: fc.constantFrom(...Object.values(ControlMessageKind)),
  receiver: number,
  sequence: number,
  source: number,
});

it('a message decodes to the encoded one at any offset', () => {
  fc.assert(
    fc.property(message, fc.nat(40), (said, offset) => {
      const buffer = Buffer.concat([Buffer.alloc(offset, 0xff), encodeControlMessage(said)]);
      expect(decodeControlMessage(buffer, offset, CONTROL_MESSAGE_LENGTH)).toEqual(said);
    }),
  );
});

it('refuses bytes that are not a message without throwing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 0, maxLength: 64 }), (bytes) => {
      const read = decodeControlMessage(Buffer.from(bytes), 0, bytes.length);
      if (read !== null) expect(Buffer.from(bytes).equals(encodeControlMessage(read))).toBe(true);
    }),
  );
  const sound = encodeControlMessage({ kind: ControlMessageKind.Start, receiver: 1, sequence: 2, source: 3 });
  for (const [at, value] of [
    [0, 2],
    [4, 0],
    [4, 6],
    [15, 0x80],
    [23, 1],
  ] as const) {
    const damaged = Buffer.from(sound);
    damaged[at] = value;
    expect(decodeControlMessage(damaged, 0, CONTROL_MESSAGE_LENGTH), `${at}`).toBe(null);
  }
});

it('a message has the documented layout', () => {
  const bytes = encodeControlMessage({
    kind: ControlMessageKind.End,
    receiver: 0x0102,
    sequence: 0x0304,
    source: 0x0506,
  });
  expect(bytes.toString('hex')).toBe(
    '0100000002000000' + '0201000000000000' + '0403000000000000' + '0605000000000000',
  );
});
