/** Documents of the JSON API, as the server sends and the page receives them. docs/web-api.openapi.json describes them. */
export type {
  AeronSample,
  AgentSample,
  ChannelSample,
  ProcessSample,
  ReaderSample,
  Snapshot,
} from '../../metrics/index.js';

/** `GET /api/session`. */
export interface SessionAnswer {
  /** Version of ringwire. */
  readonly version: string;
  /** Name of the machine. */
  readonly host: string;
  /** Root folder of the channels. */
  readonly root: string;
  /** Whether actions are refused. */
  readonly readOnly: boolean;
  /** Key that actions need in the header `X-Ringwire-Action`; null with `readOnly`. */
  readonly actionKey: string | null;
  /** What is observed; null for a source that is not set up. */
  readonly sources: {
    readonly processes: string | null;
    readonly health: string | null;
    readonly aeron: string | null;
  };
}

/** `GET /api/channels/{id}/history`: one value a second, oldest first; null where unknown. */
export interface ChannelHistoryAnswer {
  /** Unix times in milliseconds. */
  readonly times: readonly number[];
  readonly recordsPerSecond: readonly (number | null)[];
  readonly payloadBytesPerSecond: readonly (number | null)[];
  /** Lags of at most 8 readers. */
  readonly readers: readonly { readonly name: string; readonly lagBytes: readonly (number | null)[] }[];
}

/** A time in which an agent had one status. Unix times in milliseconds. */
export interface StatusPeriod {
  readonly status: 'ok' | 'degraded' | 'critical' | 'stall';
  readonly fromMs: number;
  toMs: number;
}

/** One element of `GET /api/health/timeline`. */
export interface AgentTimelineAnswer {
  readonly pid: number;
  readonly source: string;
  readonly address: string | null;
  /** Periods of the last 15 minutes, oldest first. */
  readonly periods: readonly StatusPeriod[];
}

/** One record of a channel. */
export interface RecordAnswer {
  /** Position of the record in bytes. */
  readonly position: number;
  /** Length of the record in bytes. */
  readonly length: number;
  /** Its first bytes, at most 4096, in base64. */
  readonly data: string;
}

/** `GET /api/channels/{id}/records`, and each event of `GET /api/channels/{id}/follow`. */
export interface RecordsAnswer {
  /** Oldest first. */
  readonly records: readonly RecordAnswer[];
  /** Records that matched and were not sent, because more came than the limit. */
  readonly skipped: number;
  /** Why the channel ended for its readers, as an error code; null while more records may come. */
  readonly end: string | null;
}

/** Each event of `GET /api/processes/{id}/log`. */
export interface LogAnswer {
  readonly text: string;
}

/** Every failure. */
export interface ErrorAnswer {
  readonly error: { readonly code: string; readonly message: string };
}
