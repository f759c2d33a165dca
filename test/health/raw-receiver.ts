/** The bare end of a socket, without any observer: what came, byte by byte. */
import { onTestFinished } from 'vitest';
import { decodeVlpFrame, type VlpFrame } from '../../src/health/index.js';
import { BoundSocket, MessageHeader } from '../../src/platform/index.js';

export interface RawReceiver {
  readonly path: string;
  /** Everything that has come, decoded. */
  frames(): VlpFrame[];
  /** Everything that has come. */
  datagrams(): Buffer[];
  close(): void;
}

export function rawReceiver(path: string): RawReceiver {
  const bound = BoundSocket.bind(path, 0o600);
  onTestFinished(() => bound.close());
  const message = new MessageHeader(128);
  const datagrams = () => {
    const all: Buffer[] = [];
    for (let length = bound.socket.receive(message); length >= 0; length = bound.socket.receive(message)) {
      all.push(Buffer.from(message.data.subarray(0, length)));
    }
    return all;
  };
  return {
    path,
    datagrams,
    frames: () => datagrams().map((bytes) => decodeVlpFrame(bytes)),
    close: () => bound.close(),
  };
}
