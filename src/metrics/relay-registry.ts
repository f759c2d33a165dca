/** The relays of this process that are to be sampled: each reports its progress here. */
import type { RelaySample } from './snapshot.js';

/** Progress of a relay, as the `onProgress` callbacks of `ringwire/relay` report it. */
export interface RelayProgress {
  /** Records sent by this process, repetitions included. */
  readonly sent?: number;
  /** Records received by this process. */
  readonly received?: number;
  /** Records that the other side has acknowledged. */
  readonly acknowledged?: number;
  /** Records that wait; null if unknown. */
  readonly lag?: number | null;
  /** Records lost before they could be carried. */
  readonly lost?: number;
  /** Messages that the destination could not take. */
  readonly dropped?: number;
  /** Connections after the first. */
  readonly reconnects?: number;
  /** Why the relay waits, or null. */
  readonly fault?: string | null;
}

/**
 * Collects the progress of relays for a sampler.
 *
 * @example
 * const relays = new RelayRegistry();
 * void relayToJetStream({ ...options, onProgress: relays.report('orders') });
 * const sampler = new Sampler({ relays });
 */
export class RelayRegistry {
  readonly #samples = new Map<string, RelaySample>();

  /** Returns an `onProgress` callback for the relay `name`. */
  report(name: string): (progress: RelayProgress) => void {
    return (progress) => this.#samples.set(name, sampleOf(name, progress));
  }

  /** Forgets the relay `name`, which has ended. */
  remove(name: string): void {
    this.#samples.delete(name);
  }

  /** The last progress of each relay. */
  samples(): RelaySample[] {
    return [...this.#samples.values()];
  }
}

function sampleOf(name: string, progress: RelayProgress): RelaySample {
  const { sent, received, acknowledged, lag, lost, dropped, reconnects, fault } = progress;
  return {
    name,
    direction: sent === undefined ? 'incoming' : 'outgoing',
    transferred: sent ?? received ?? 0,
    acknowledged: acknowledged ?? null,
    lag: lag ?? null,
    lost: (lost ?? 0) + (dropped ?? 0),
    reconnects: reconnects ?? null,
    fault: fault ?? null,
  };
}
