/** Rates and lags of channels over the last 15 minutes, in bounded memory. */
import type { ChannelSample, Snapshot } from '../../metrics/index.js';
import type { ChannelHistoryAnswer } from '../api/answers.js';
import { readerName } from '../api/reader-name.js';
import { SERIES_LENGTH, Series } from './series.js';

/** Most series at a time, of 3.6 kB each. Channels and readers that come later have no history until others end. */
const MAX_SERIES = 4096;
/** Readers of one channel that have a series. */
const MAX_READERS = 8;

interface Kept {
  readonly records: Series;
  readonly bytes: Series;
  readonly lags: Map<string, Series>;
}

/** Keeps the history of all channels of the snapshots that it receives. */
export class ChannelHistory {
  readonly #times: number[] = [];
  readonly #channels = new Map<string, Kept>();
  #tick = -1;
  #series = 0;

  /** Adds a snapshot, about once a second. */
  add(snapshot: Snapshot): void {
    this.#tick++;
    this.#times[this.#tick % SERIES_LENGTH] = snapshot.takenAtMs;
    for (const channel of snapshot.channels) this.#addChannel(channel);
    this.#forget();
  }

  /** The history of a channel; null if it is unknown. */
  of(id: string): ChannelHistoryAnswer | null {
    const kept = this.#channels.get(id);
    if (kept === undefined) return null;
    const first = Math.max(0, this.#tick - SERIES_LENGTH + 1);
    const values = (series: Series) => series.values(first, this.#tick);
    const times: number[] = [];
    for (let tick = first; tick <= this.#tick; tick++) times.push(this.#times[tick % SERIES_LENGTH] ?? 0);
    return {
      times,
      recordsPerSecond: values(kept.records),
      payloadBytesPerSecond: values(kept.bytes),
      readers: [...kept.lags].map(([name, series]) => ({ name, lagBytes: values(series) })),
    };
  }

  #addChannel(channel: ChannelSample): void {
    const kept = this.#channels.get(channel.id) ?? this.#newChannel(channel.id);
    if (kept === null) return;
    kept.records.set(this.#tick, channel.recordsPerSecond);
    kept.bytes.set(this.#tick, channel.payloadBytesPerSecond);
    for (const reader of channel.readers) {
      const name = readerName(reader);
      const series = kept.lags.get(name) ?? this.#newReader(kept, name);
      series?.set(this.#tick, reader.lagBytes);
    }
  }

  #newChannel(id: string): Kept | null {
    if (this.#series + 2 > MAX_SERIES) return null;
    this.#series += 2;
    const kept = { records: new Series(), bytes: new Series(), lags: new Map<string, Series>() };
    this.#channels.set(id, kept);
    return kept;
  }

  #newReader({ lags }: Kept, name: string): Series | null {
    if (this.#series >= MAX_SERIES || lags.size >= MAX_READERS) return null;
    this.#series++;
    const series = new Series();
    lags.set(name, series);
    return series;
  }

  /** Drops series without a value in the last 15 minutes. */
  #forget(): void {
    const oldest = this.#tick - SERIES_LENGTH;
    for (const [id, { records, lags }] of this.#channels) {
      for (const [name, series] of lags) {
        if (series.lastTick > oldest) continue;
        lags.delete(name);
        this.#series--;
      }
      if (records.lastTick > oldest) continue;
      this.#series -= 2 + lags.size;
      this.#channels.delete(id);
    }
  }
}
