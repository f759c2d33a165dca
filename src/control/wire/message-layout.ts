/**
 * The messages of the control socket (cliwrap `internal/mgmt`): their keys in the order in which they are written,
 * and the kind of each value. Keys that the original does not know come last and only when they carry something; its
 * decoder skips them. The types from B0 are not in the original, which answers them as unknown requests.
 */

/** The type byte of a frame. */
export const MessageType = {
  ListRequest: 0xa0,
  ListResponse: 0xa1,
  StatusRequest: 0xa2,
  StatusResponse: 0xa3,
  LogsRequest: 0xa4,
  LogsStream: 0xa5,
  EventsSubscribe: 0xa6,
  EventsStream: 0xa7,
  StartRequest: 0xa8,
  StopRequest: 0xa9,
  ReloadRequest: 0xb0,
  ReloadResponse: 0xb1,
  ScaleRequest: 0xb2,
  SignalRequest: 0xb3,
  ShutdownRequest: 0xb4,
  RestartRequest: 0xb5,
} as const;
/** The type byte of a frame. */
export type MessageType = (typeof MessageType)[keyof typeof MessageType];

/** Status of one process, as it is sent. */
export interface WireEntry {
  /** Id of the process. */
  readonly id: string;
  /** Name for people; may be empty. */
  readonly name: string;
  /** pending, starting, running, stopping, stopped, crashed, restarting or failed. */
  readonly state: string;
  /** Process id of the child; kept after its exit, 0 before the first start. */
  readonly pid: number;
  /** Resident memory in bytes; a bigint only above 2^53-1. */
  readonly rss: number | bigint;
  /** Restarts by the policy so far. This key and the next ones are not in the original: cliwrap managers omit them. */
  readonly restarts?: number;
  /** Exit code of the last run, when it has ended. */
  readonly exit?: number;
  /** Signal that ended the last run, such as `SIGKILL`. */
  readonly signal?: string;
  /** Milliseconds since the current run started. */
  readonly uptime?: number;
  /** CPU usage in 1/100 percent of one core. */
  readonly cpu?: number;
  /** Folder and number of the ring channels of the output, as `folder#number`. */
  readonly channels?: string;
  /** How the last run ended, for people: `exit 3`, `SIGKILL`, `was not ready in time`. Absent before the first end. */
  readonly ended?: string;
  /** Of an instance: the id of the process that it is an instance of. */
  readonly of?: string;
}

/** The body of each message. */
export interface WireBodies {
  /** No body. */
  [MessageType.ListRequest]: Record<string, never>;
  /** Status of all processes; null when there are none. */
  [MessageType.ListResponse]: { entries: readonly WireEntry[] | null };
  /** `id`: the process. */
  [MessageType.StatusRequest]: { id: string };
  /** The answer to status, start and stop, and to an unknown request. `err`: an error text, or empty. */
  [MessageType.StatusResponse]: { entry: WireEntry; err: string };
  /** `s` 0 stdout, 1 stderr; `f` follow; `sn` Unix nanoseconds, `ln` lines (0 or absent: no limit). */
  [MessageType.LogsRequest]: { id: string; s: number; f: boolean; sn?: bigint; ln?: number };
  /** `d`: bytes of the output, null when none are kept; `eof`: no frame follows. */
  [MessageType.LogsStream]: { id: string; s: number; d: Uint8Array | null; eof: boolean };
  /** `pids`: ids of processes, `types`: event types; null or empty means all. */
  [MessageType.EventsSubscribe]: { pids: readonly string[] | null; types?: readonly string[] };
  /** `pid` is the id of the process, `ts` Unix nanoseconds, `sum` the type and the id. */
  [MessageType.EventsStream]: {
    pid: string;
    t: string;
    ts: bigint;
    sum: string;
    exit?: number;
    signal?: string;
    reason?: string;
  };
  /** `id`: the process. Not in the original. */
  [MessageType.StartRequest]: { id: string };
  /** `id`: the process. */
  [MessageType.StopRequest]: { id: string };
  /** `processes`: JSON, an array of `ProcessSpec`; `dry`: only compare. This message and the next ones are not in the original. */
  [MessageType.ReloadRequest]: { processes: string; dry: boolean };
  /** `report`: JSON, a `ReloadReport`. */
  [MessageType.ReloadResponse]: { report: string };
  /** `id`: a process with instances; `n`: their number. */
  [MessageType.ScaleRequest]: { id: string; n: number };
  /** `id`: the process; `sig`: name of the signal; `grp`: whether it goes to the whole process group. */
  [MessageType.SignalRequest]: { id: string; sig: string; grp: boolean };
  /** No body. */
  [MessageType.ShutdownRequest]: Record<string, never>;
  /** `id`: the process. */
  [MessageType.RestartRequest]: { id: string };
}

/** Encoding of a value. */
export type Kind =
  | 'str'
  | 'bool'
  | 'uint8'
  | 'int'
  | 'uint64'
  | 'int64'
  | 'bin'
  | 'strings'
  | 'entry'
  | 'entries';

/** One key of a message. */
export interface Field {
  readonly key: string;
  readonly kind: Kind;
  /** Left out when undefined, 0, '' or empty, as Go's `omitempty`. */
  readonly optional?: true;
  /** Left out only when undefined: 0 is a value here. */
  readonly ours?: true;
}

/** The keys of an entry, in the order of the original. */
export const ENTRY_FIELDS: readonly Field[] = [
  { key: 'id', kind: 'str' },
  { key: 'name', kind: 'str' },
  { key: 'state', kind: 'str' },
  { key: 'pid', kind: 'int' },
  { key: 'rss', kind: 'uint64' },
  { key: 'restarts', kind: 'int', ours: true },
  { key: 'exit', kind: 'int', ours: true },
  { key: 'signal', kind: 'str', ours: true },
  { key: 'uptime', kind: 'int', ours: true },
  { key: 'cpu', kind: 'int', ours: true },
  { key: 'channels', kind: 'str', ours: true },
  { key: 'ended', kind: 'str', ours: true },
  { key: 'of', kind: 'str', ours: true },
];

const ID_ONLY: readonly Field[] = [{ key: 'id', kind: 'str' }];

/** The keys of each message, in the order of the original. */
export const MESSAGE_FIELDS: Readonly<Record<MessageType, readonly Field[]>> = {
  [MessageType.ListRequest]: [],
  [MessageType.ListResponse]: [{ key: 'entries', kind: 'entries' }],
  [MessageType.StatusRequest]: ID_ONLY,
  [MessageType.StatusResponse]: [
    { key: 'entry', kind: 'entry' },
    { key: 'err', kind: 'str' },
  ],
  [MessageType.LogsRequest]: [
    { key: 'id', kind: 'str' },
    { key: 's', kind: 'uint8' },
    { key: 'f', kind: 'bool' },
    { key: 'sn', kind: 'int64', optional: true },
    { key: 'ln', kind: 'int', optional: true },
  ],
  [MessageType.LogsStream]: [
    { key: 'id', kind: 'str' },
    { key: 's', kind: 'uint8' },
    { key: 'd', kind: 'bin' },
    { key: 'eof', kind: 'bool' },
  ],
  [MessageType.EventsSubscribe]: [
    { key: 'pids', kind: 'strings' },
    { key: 'types', kind: 'strings', optional: true },
  ],
  [MessageType.EventsStream]: [
    { key: 'pid', kind: 'str' },
    { key: 't', kind: 'str' },
    { key: 'ts', kind: 'int64' },
    { key: 'sum', kind: 'str' },
    { key: 'exit', kind: 'int', ours: true },
    { key: 'signal', kind: 'str', ours: true },
    { key: 'reason', kind: 'str', ours: true },
  ],
  [MessageType.StartRequest]: ID_ONLY,
  [MessageType.StopRequest]: ID_ONLY,
  [MessageType.ReloadRequest]: [
    { key: 'processes', kind: 'str' },
    { key: 'dry', kind: 'bool' },
  ],
  [MessageType.ReloadResponse]: [{ key: 'report', kind: 'str' }],
  [MessageType.ScaleRequest]: [
    { key: 'id', kind: 'str' },
    { key: 'n', kind: 'int' },
  ],
  [MessageType.SignalRequest]: [
    { key: 'id', kind: 'str' },
    { key: 'sig', kind: 'str' },
    { key: 'grp', kind: 'bool' },
  ],
  [MessageType.ShutdownRequest]: [],
  [MessageType.RestartRequest]: ID_ONLY,
};

/** The entry in a reply that has none. */
export const ZERO_ENTRY: WireEntry = { id: '', name: '', state: '', pid: 0, rss: 0 };
