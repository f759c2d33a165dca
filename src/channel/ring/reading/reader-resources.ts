/** The resources of a ring reader outside the JavaScript heap: its slot, doorbells, mappings and descriptor. */
import fs from 'node:fs';
import { Doorbell, type Held, isLocked, keepUntilClosed } from '../../../platform/index.js';
import { announceClosed } from '../../core/diagnostics.js';
import type { ReaderSlot } from '../reader-registration.js';
import type { RingFile } from '../ring-file.js';
import {
  READERS_ASLEEP_OFFSET,
  READERS_BELL_OFFSET,
  WRITER_ASLEEP_OFFSET,
  WRITER_BELL_OFFSET,
  WRITER_LOCK,
} from '../ring-header-layout.js';
import type { RingMapping } from '../ring-mapping.js';

/** Resources that `close()` of the reader releases, or the collection of a reader that was not closed. */
export class ReaderResources implements Held {
  /** The doorbell that the reader sleeps on, or null without write permission. */
  readonly doorbell: Doorbell | null;
  /** The doorbell of a writer that waits for this reader, or null for a reader without back pressure. */
  readonly spaceAvailable: Doorbell | null;
  readonly #file: RingFile;
  readonly #mappings: RingMapping['mappings'];
  readonly #slots: ReaderSlot;
  #released = false;

  constructor(file: RingFile, { words, mappings }: RingMapping, slots: ReaderSlot) {
    const bells = file.writable ? (words.buffer as ArrayBuffer) : null;
    this.doorbell = bells && new Doorbell(bells, READERS_ASLEEP_OFFSET, READERS_BELL_OFFSET);
    this.spaceAvailable =
      bells && slots.slot && new Doorbell(bells, WRITER_ASLEEP_OFFSET, WRITER_BELL_OFFSET);
    this.#file = file;
    this.#mappings = mappings;
    this.#slots = slots;
  }

  /** What the writer's lock says; null after the release, or if it is unknown. */
  get writerAlive(): boolean | null {
    return this.#released ? null : isLocked(this.#file.fd, WRITER_LOCK);
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    keepUntilClosed(this);
    this.#slots.slot?.leave();
    this.#slots.shown?.leave();
    this.spaceAvailable?.ringNow();
    this.spaceAvailable?.close();
    this.doorbell?.close();
    for (const mapping of this.#mappings) mapping.close();
    fs.closeSync(this.#file.fd);
    announceClosed('reader', 'ring', this.#file);
  }
}
