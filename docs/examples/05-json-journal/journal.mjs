// A journal of typed events in a log channel: replay, append, go on after a crash.
import { channelStatus, ShmReader, ShmWriter, TickUnit } from 'ringwire';

const CHANNEL_ID = 1;

/**
 * @typedef {{ type: 'deposit', account: string, amount: number }} Deposit
 * @typedef {{ type: 'transfer', from: string, to: string, amount: number }} Transfer
 * @typedef {Deposit | Transfer} Event
 */

/** @returns {Event} @throws {TypeError} for a record that is no event */
function decode(record) {
  const event = JSON.parse(record.toString());
  if (event.type === 'deposit' || event.type === 'transfer') return event;
  throw new TypeError(`no event: ${record}`);
}

export class Journal {
  #writer;

  /** Opens the journal in `folder`, hands all events in it to `apply`, and becomes its writer. */
  constructor(folder, apply) {
    if (channelStatus(folder, CHANNEL_ID).state === 'missing') {
      this.#writer = ShmWriter.create(folder, {
        writerId: process.pid,
        channelId: CHANNEL_ID,
        capacity: 1 << 20,
        maxMessageLength: 1000,
        timeout: 0xffff_ffff_ffff_ffffn,
        tickUnit: TickUnit.Millis,
      });
    } else {
      // Throws WRITER_EXISTS while another process has the journal open.
      this.#writer = ShmWriter.resume(folder, CHANNEL_ID);
    }
    const reader = ShmReader.open(folder, CHANNEL_ID);
    for (let record = reader.tryRead(); record !== null; record = reader.tryRead()) apply(decode(record));
    reader.close();
  }

  /** @param {Event} event On disk when this returns. */
  append(event) {
    this.#writer.write(Buffer.from(JSON.stringify(event)));
    this.#writer.flush();
  }

  /** For the demonstration: dies with a record begun and not committed. */
  crash() {
    const begun = this.#writer.tryClaim(100);
    this.#writer.buffer.write('{"type":"deposit","account":"thief"', begun);
    process.kill(process.pid, 'SIGKILL');
  }
  // There is no close(): the journal is never finished, and the lock of the writer ends with its process.
}
