/** The messages between the command `demo` and its two processes. */

/** What the two processes of the demo do. */
export interface DemoPlan {
  readonly root: string;
  readonly records: number;
  readonly capacity: number;
  readonly heartbeats: number;
  /** A fault to make on purpose, to test its detection. */
  readonly inject: DemoFault | undefined;
}

/** Faults that the hidden option `--inject` can make. */
export const DEMO_FAULTS = ['flip', 'drop', 'swap', 'kill'] as const;
/** One of {@link DEMO_FAULTS}. */
export type DemoFault = (typeof DEMO_FAULTS)[number];

/** Id of the channel of the demo. */
export const DEMO_CHANNEL = 1;

/** A message from the command to a process. */
export type DemoOrder = { readonly order: 'begin'; readonly plan: DemoPlan } | { readonly order: 'go' };

/** Records and bytes verified so far. */
export interface DemoProgress {
  readonly records: number;
  readonly bytes: number;
}

/** What the writer process did; times in milliseconds. */
export interface WriterResult {
  readonly records: number;
  readonly heartbeats: number;
  readonly flushMillis: number;
  readonly closeMillis: number;
}

/** What the reader process found. */
export interface ReaderResult {
  /** Number of correct records. */
  readonly verified: number;
  readonly bytes: number;
  readonly heartbeats: number;
  /** Milliseconds from the start of the poll with the first record to the end of the poll with the last. */
  readonly millis: number;
  /** The first fault; null without one. */
  readonly fault: string | null;
}

/** A message from a process to the command. */
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
