/** The state of everything that the sampler knows, at one moment: plain data, the same for all outputs. */

/**
 * What one sampling found. `JSON.stringify` accepts it. The objects of its channels are reused: a snapshot is valid until
 * the second sampling after it. `structuredClone(snapshot)` keeps one for longer.
 */
export interface Snapshot {
  /** Unix time of the snapshot in milliseconds. */
  readonly takenAtMs: number;
  /** Time that the sampling took, in milliseconds. */
  readonly durationMs: number;
  /** Channels below the root folders, by root and ascending id. */
  readonly channels: readonly ChannelSample[];
  /** Processes of the supervisor, in its order. */
  readonly processes: readonly ProcessSample[];
  /** Agents of the health observer, in ascending order of pid. */
  readonly agents: readonly AgentSample[];
  /** The Aeron media driver; null without one. */
  readonly aeron: AeronSample | null;
  /** Relays of this process. */
  readonly relays: readonly RelaySample[];
  /** Sources that could not be sampled this time, with the reason. */
  readonly faults: readonly SourceFault[];
}

/** A source that could not be sampled. */
export interface SourceFault {
  /** The source. */
  readonly source: 'channels' | 'processes' | 'agents' | 'aeron' | 'relays';
  /** The reason, for people. */
  readonly message: string;
}

/** One channel. */
export interface ChannelSample {
  /** Id of the channel in decimal. */
  readonly id: string;
  /** Name of the channel below its root; null if it has none. */
  readonly name: string | null;
  /** Root folder of the channel. */
  readonly root: string;
  /** The file of a log or ring, the folder of a journal. */
  readonly path: string;
  /** Kind of the channel; null if it could not be read. */
  readonly kind: 'log' | 'ring' | 'journal' | null;
  /**
   * State of the channel, as `ringwire ls` reports it. `late`: the writer lives, and the sampler saw no record and no
   * heartbeat for the timeout of the channel.
   */
  readonly state: 'alive' | 'late' | 'dead' | 'closed' | 'not-ready' | 'damaged' | 'missing' | 'unreadable';
  /** Process id of the process that created or last resumed the channel; null if unknown. */
  readonly pid: number | null;
  /** Bytes for records: of a journal, of one segment. 0 if unknown. */
  readonly capacity: number;
  /** Position of the next record: bytes ever written, headers of records and padding included. */
  readonly position: number;
  /** Position of the oldest record that a new reader can read, in bytes. */
  readonly oldestPosition: number;
  /** Records ever written: the sequence number of the next record. Of a log that is not yet read to its end: those read so far. */
  readonly records: number;
  /**
   * Bytes of all records ever written, without headers. Exact for a log. A ring and a journal do not count them: then
   * the bytes after the header of each record, which include its padding to 8 bytes, so that the error is below 8 bytes
   * for each record, and the unused end of each lap or segment.
   */
  readonly payloadBytes: number;
  /** Whether `payloadBytes` is exact. */
  readonly payloadExact: boolean;
  /** Records that a new reader can read now; null if unknown. */
  readonly readableRecords: number | null;
  /** Whether a log has been read to its end. Its figures and rates are not final before that. */
  readonly caughtUp: boolean;
  /**
   * Used bytes of the capacity. Of a log and of the newest segment of a journal: the bytes written. Of a ring with back
   * pressure: the bytes that its slowest active reader has not read; of another ring 0.
   */
  readonly fill: number;
  /** Takeovers of the channel by a new writer; null for a kind that does not count them. */
  readonly restarts: number | null;
  /**
   * Milliseconds since the sampler last saw a record or a heartbeat; counted from the first sample when there was none.
   * Null if the channel is not open.
   */
  readonly heartbeatAgeMs: number | null;
  /** Timeout of the channel in milliseconds; null for a channel that never times out, or if unknown. */
  readonly timeoutMs: number | null;
  /** Records per second since the previous sample; null without one. */
  readonly recordsPerSecond: number | null;
  /** Payload bytes per second since the previous sample, as `payloadBytes` counts them; null without one. */
  readonly payloadBytesPerSecond: number | null;
  /** Readers of a ring that have a slot, and registered cursors of a journal; those with the largest lag first. */
  readonly readers: readonly ReaderSample[];
  /** Damage, or the reason why the channel could not be read; otherwise null. */
  readonly error: string | null;
  /** Code of that error; otherwise null. */
  readonly errorCode: string | null;
}

/** One reader of a channel. */
export interface ReaderSample {
  /** Name of the reader or cursor; empty if it has none. */
  readonly name: string;
  /** Process id of the reader; null for a cursor. */
  readonly pid: number | null;
  /** Slot of the reader in the ring; null for a cursor. */
  readonly slot: number | null;
  /** `active`: a back-pressured writer waits for it. `observing`: no writer waits for it. `evicted`: the writer took its slot. */
  readonly state: 'active' | 'observing' | 'evicted' | 'cursor';
  /** Position of its next record in bytes. */
  readonly position: number;
  /** Bytes between its position and the end of the channel. */
  readonly lagBytes: number;
  /**
   * Records between its position and the end of the channel. Of a ring: exact if all records between two checkpoints
   * have the same length, otherwise an estimate by them.
   */
  readonly lagRecords: number;
  /** Lag as a share of the capacity; above 1 if the writer overtook the reader. */
  readonly lagShare: number;
  /** Records that the reader lost because the writer overwrote them. */
  readonly lost: number;
  /** How often the writer overtook the reader. */
  readonly laps: number;
  /** Whether its process lives; null if unknown. */
  readonly alive: boolean | null;
}

/** One process of the supervisor. */
export interface ProcessSample {
  /** Id of the process in the configuration. */
  readonly id: string;
  /** Name for people; may be empty. */
  readonly name: string;
  /** pending, starting, running, stopping, stopped, crashed, restarting or failed. */
  readonly state: string;
  /** Process id; kept after the exit, 0 before the first start. */
  readonly pid: number;
  /** Restarts by the policy; null if the manager does not count them. */
  readonly restarts: number | null;
  /** CPU usage of the process and its descendants in cores: 1 is one core; null if unknown. */
  readonly cpu: number | null;
  /** Resident memory of the process and its descendants in bytes. */
  readonly rss: number;
  /** Milliseconds since the current run started; null if it does not run. */
  readonly uptimeMs: number | null;
  /** Exit code of the last run; null if none has ended by itself. */
  readonly exitCode: number | null;
  /** Signal that ended the last run, such as `SIGKILL`; null if none did. */
  readonly exitSignal: string | null;
}

/** One agent of the health observer. */
export interface AgentSample {
  /** Pid of the agent. */
  readonly pid: number;
  /** Transport of its frames. */
  readonly source: string;
  /** Source address by UDP; null for other transports. */
  readonly address: string | null;
  /** The last status; `stall` while the agent is silent. */
  readonly status: 'ok' | 'degraded' | 'critical' | 'stall';
  /** Milliseconds since the last accepted beat. */
  readonly beatAgeMs: number;
  /** Accepted beats. */
  readonly beats: number;
  /** Stalls so far. */
  readonly stalls: number;
  /** Payload of the last beat as decimal text: a number of 64 bits. */
  readonly payload: string;
  /** Depth of the queue, the upper half of the payload (`packPayload`). */
  readonly queueDepth: number;
  /** Number of errors, the lower half of the payload (`packPayload`). */
  readonly errorCount: number;
}

/** An Aeron media driver, read from its files. */
export interface AeronSample {
  /** Folder of the driver. */
  readonly directory: string;
  /** Milliseconds since the last heartbeat of the driver; null after its shutdown. */
  readonly heartbeatAgeMs: number | null;
  /** All counters in use, by ascending id. */
  readonly counters: readonly AeronCounterSample[];
  /** Distinct errors. */
  readonly errors: readonly AeronErrorSample[];
  /** Losses by stream. */
  readonly losses: readonly AeronLossSample[];
  /** Streams with the backlog of each subscriber. */
  readonly streams: readonly AeronStreamSample[];
}

/** One counter of a media driver. */
export interface AeronCounterSample {
  /** Id of the counter. */
  readonly id: number;
  /** Type of the counter. */
  readonly typeId: number;
  /** Label of the counter. */
  readonly label: string;
  /** Value; inexact beyond 2^53. */
  readonly value: number;
}

/** One distinct error of a media driver. */
export interface AeronErrorSample {
  /** How often it was observed. */
  readonly observations: number;
  /** Unix time of the first observation in milliseconds. */
  readonly firstMs: number;
  /** Unix time of the last observation in milliseconds. */
  readonly lastMs: number;
  /** Text of the error. */
  readonly text: string;
}

/** Losses of one stream. */
export interface AeronLossSample {
  /** How often a loss was observed. */
  readonly observations: number;
  /** Bytes lost. */
  readonly bytesLost: number;
  /** Unix time of the first observation in milliseconds. */
  readonly firstMs: number;
  /** Unix time of the last observation in milliseconds. */
  readonly lastMs: number;
  /** Session id. */
  readonly sessionId: number;
  /** Stream id. */
  readonly streamId: number;
  /** Channel URI. */
  readonly channel: string;
  /** Source address. */
  readonly source: string;
}

/** One stream of a media driver. */
export interface AeronStreamSample {
  /** Session id of the publication. */
  readonly sessionId: number;
  /** Stream id of the publication. */
  readonly streamId: number;
  /** Channel URI, at most its first 92 bytes. */
  readonly channel: string;
  /** Position of the publication in bytes. */
  readonly position: number;
  /** Subscribers on this machine. */
  readonly subscribers: readonly {
    /** Registration id of the subscription, in decimal. */
    readonly registrationId: string;
    /** Position of the subscriber in bytes. */
    readonly position: number;
    /** Bytes published and not yet read by this subscriber. */
    readonly backlog: number;
  }[];
}

/** A relay or bridge that runs in the process of the sampler. */
export interface RelaySample {
  /** Name that it was registered with. */
  readonly name: string;
  /** Whether records leave or enter this machine. */
  readonly direction: 'outgoing' | 'incoming';
  /** Records sent or received by this process. */
  readonly transferred: number;
  /** Records that the other side has acknowledged; null if it does not acknowledge. */
  readonly acknowledged: number | null;
  /** Records that wait; null if unknown. */
  readonly lag: number | null;
  /** Records lost before they could be carried. */
  readonly lost: number;
  /** Connections after the first; null if unknown. */
  readonly reconnects: number | null;
  /** Why the relay waits; null while it carries records. */
  readonly fault: string | null;
}
