/** The messages between the command `demo` and its two processes. */

export interface DemoPlan {
  readonly root: string;
  readonly records: number;
  readonly capacity: number;
  readonly heartbeats: number;
  /** A fault to make on purpose, to see it found. */
  readonly inject: DemoFault | undefined;
}

export const DEMO_FAULTS = ['flip', 'drop', 'swap', 'kill'] as const;
export type DemoFault = (typeof DEMO_FAULTS)[number];

export const DEMO_CHANNEL = 1;

export type DemoOrder = { readonly order: 'begin'; readonly plan: DemoPlan } | { readonly order: 'go' };

export interface DemoProgress {
  readonly records: number;
  readonly bytes: number;
}

export interface WriterResult {
  readonly records: number;
  readonly heartbeats: number;
  readonly flushMillis: number;
  readonly closeMillis: number;
}

export interface ReaderResult {
  /** Records that were exactly what they had to be. */
  readonly verified: number;
  readonly bytes: number;
  readonly heartbeats: number;
  /** Milliseconds from the poll that found the first record to the end of the one that found the last. */
  readonly millis: number;
  /** The first thing that was wrong, or null. */
  readonly fault: string | null;
}

export type DemoReport =
  | { readonly report: 'ready' }
  | ({ readonly report: 'progress' } & DemoProgress)
  | { readonly report: 'failed'; readonly message: string }
  | { readonly report: 'writer done'; readonly result: WriterResult }
  | { readonly report: 'reader done'; readonly result: ReaderResult };

/** In a process of the demo: sends a report to the command. */
export function sendReport(report: DemoReport): void {
  process.send?.(report);
}

/** In a process of the demo: waits for an order. */
export function nextOrder(): Promise<DemoOrder> {
  return new Promise((resolve) => process.once('message', (order) => resolve(order as DemoOrder)));
}
