// A journal of typed events in a log channel: replay, append, resume after a crash.
import {
  ChecksumHandler,
  json,
  ShmReader,
  ShmWriter,
  scanChannel,
  TickUnit,
  TypedReader,
  TypedWriter,
} from 'ringwire';

const CHANNEL_ID = 1;

/**
 * @typedef {{ type: 'deposit', account: string, amount: number }} Deposit
 * @typedef {{ type: 'transfer', from: string, to: string, amount: number }} Transfer
 * @typedef {Deposit | Transfer} Event
 */

/**
 * JSON, and nothing but events.
 * @type {import('ringwire').Codec<Event>}
 */
const eventCodec = {
  ...json(),
  decode(buffer, offset, length) {
    const event = json().decode(buffer, offset, length);
    if (event.type === 'deposit' || event.type === 'transfer') return event;
    throw new TypeError(`no event of the bank: ${event.type}`);
  },
};

export class Journal {
  /** @type {TypedWriter<Event>} */
  #events;

  /** Opens the journal in `folder`, hands all events in it to `apply`, and becomes its writer. */
  constructor(folder, apply) {
    let writer;
    if (scanChannel(folder, CHANNEL_ID).state === 'missing') {
      writer = ShmWriter.create(folder, {
        writerId: process.pid,
        channelId: CHANNEL_ID,
        capacity: 1 << 20,
        maxMessageLength: 1000,
        timeout: 0xffff_ffff_ffff_ffffn,
        tickUnit: TickUnit.Millis,
      });
    } else {
      // Throws WRITER_EXISTS while another process has the journal open.
      writer = ShmWriter.resume(folder, CHANNEL_ID);
    }
    // A checksum finds events that were damaged on disk.
    this.#events = new TypedWriter(writer, eventCodec, new ChecksumHandler());
    const reader = new TypedReader(ShmReader.open(folder, CHANNEL_ID), eventCodec, new ChecksumHandler());
    reader.poll(apply);
    reader.close();
  }

  /** @param {Event} event On disk when this returns. */
  append(event) {
    this.#events.write(event);
    this.#events.flush();
  }

  /** For the demonstration: dies with a record begun and not committed. */
  crash() {
    const { writer } = this.#events;
    const begun = writer.tryClaim(100);
    writer.buffer.write('{"type":"deposit","account":"thief"', begun);
    process.kill(process.pid, 'SIGKILL');
  }
  // There is no close(): the journal is never finished, and the lock of the writer ends with its process.
}
