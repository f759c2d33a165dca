/** Opens a ring for a reader. */
import fs from 'node:fs';
import { announceOpened } from '../../core/diagnostics.js';
import type { StreamPosition } from '../../core/stream-position.js';
import type { ChannelKey } from '../../files/channel-names.js';
import { channelPaths } from '../../files/channel-path.js';
import {
  type ReaderRegistration,
  type ReaderSlot,
  type SlotUse,
  takeReaderSlot,
} from '../reader-registration.js';
import { openRingFile, type RingFile } from '../ring-file.js';
import { mapRing, type RingMapping } from '../ring-mapping.js';
import {
  type ResolvedRingReaderOptions,
  type RingReaderOptions,
  resolveRingReaderOptions,
} from '../ring-options.js';
import { ReaderResources } from './reader-resources.js';

/** Resources of a ring reader. */
export interface RingReaderParts {
  /** The ring file. */
  readonly file: RingFile;
  /** The mappings of the ring. */
  readonly mapping: RingMapping;
  /** The slot that protects what the reader reads, and the one that only lists it; both may be null. */
  readonly slots: { readonly slot: SlotUse | null; readonly shown: ReaderRegistration | null };
  /** Releases all of the above. */
  readonly resources: ReaderResources;
  /** The resolved options. */
  readonly options: ResolvedRingReaderOptions;
}

/** The parts of a fork: the memory of the reader `parts`, its slot and its options, from another place on. */
export function forkParts(parts: RingReaderParts, from: StreamPosition): RingReaderParts {
  const { slots, options } = parts;
  return {
    ...parts,
    slots: { slot: slots.slot?.shared() ?? null, shown: null },
    options: { ...options, from, name: '' },
  };
}

/**
 * Opens a ring and passes its resources to `start`.
 * @throws RingwireError like `RingReader.open`; no resource stays open then
 */
export function openRing<R>(
  root: string,
  channel: ChannelKey,
  options: RingReaderOptions | undefined,
  start: (parts: RingReaderParts) => R,
): R {
  const resolved = resolveRingReaderOptions(options);
  const file = openRingFile(channelPaths(root, channel), 'write-if-allowed');
  let mapping: RingMapping | undefined;
  let slots: ReaderSlot | undefined;
  try {
    mapping = mapRing(file, { backend: resolved.backend, signals: file.writable });
    slots = takeReaderSlot(mapping.words, file, resolved);
    const resources = new ReaderResources(file, mapping, slots);
    const reader = start({ file, mapping, slots, resources, options: resolved });
    announceOpened('reader', 'ring', file);
    return reader;
  } catch (error) {
    slots?.slot?.leave();
    slots?.shown?.leave();
    for (const part of mapping?.mappings ?? []) part.close();
    fs.closeSync(file.fd);
    throw error;
  }
}
