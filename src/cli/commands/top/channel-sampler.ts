/** Samples of one channel: position and rate. Reads the state of a ring; reads the records of a log or journal. */
import {
  type ChannelKind,
  type ChannelState,
  channelKind,
  isBehind,
  JournalReader,
  journalStatus,
  logOwner,
  openReader,
  type Reader,
  type RingReaderReport,
  RingView,
  scanChannel,
} from '../../../channel/index.js';
import { RingwireError } from '../../../platform/index.js';

/** Records of a log that are read between two checks of the time. */
const STRIDE = 8192;
/** Number of rates that are kept. */
const HISTORY = 40;

/** One sample of a channel. */
export interface ChannelSample {
  readonly channelId: bigint;
  readonly kind: ChannelKind | null;
  readonly state: ChannelState;
  /** The process that created or last resumed the channel; null if unknown. */
  readonly pid: number | null;
  /** Bytes for records. */
  readonly capacity: number;
  /** End of the channel, in bytes since its beginning. */
  readonly position: number;
  /** Records since its beginning; of a log or journal, those read so far. */
  readonly records: number;
  /** Whether a log or journal has been read to its end; rates are null before that. */
  readonly caughtUp: boolean;
  readonly recordsPerSecond: number | null;
  /** Bytes of the channel, headers of records included. */
  readonly bytesPerSecond: number | null;
  /** The last rates, oldest first. */
  readonly history: readonly number[];
  /** Registered and named readers of a ring, slowest first; empty for other kinds. */
  readonly readers: readonly RingReaderReport[];
  readonly error: RingwireError | null;
}

/** What one poll finds. */
type Look = Omit<ChannelSample, 'channelId' | 'recordsPerSecond' | 'bytesPerSecond' | 'history'>;

interface Source extends Disposable {
  /** Reads until `deadline`, in milliseconds of the monotonic clock. */
  look(deadline: number): Look;
}

/** Samples one channel again and again; follows it when it is replaced. */
export class ChannelSampler implements Disposable {
  readonly #root: string;
  readonly #id: bigint;
  #source: Source | null = null;
  /** The state of a channel that cannot change any more. */
  #final: Look | null = null;
  #before: { readonly look: Look; readonly at: number } | null = null;
  #history: number[] = [];

  constructor(root: string, channelId: bigint) {
    this.#root = root;
    this.#id = channelId;
  }

  /**
   * Takes a sample. An error of the channel becomes part of it.
   * @param now monotonic milliseconds
   * @param deadline monotonic milliseconds until which a log may be read
   */
  sample(now: number, deadline: number): ChannelSample {
    const look = this.#final ?? this.#look(deadline);
    if ((look.state === 'closed' || look.state === 'damaged') && look.caughtUp) {
      this.#final = look;
      this[Symbol.dispose]();
    }
    const before = this.#before;
    this.#before = { look, at: now };
    const seconds = before === null ? 0 : (now - before.at) / 1000;
    const known = before?.look.caughtUp === true && look.caughtUp && seconds > 0;
    const perSecond = (of: (look: Look) => number) =>
      known ? Math.max(0, (of(look) - of(before.look)) / seconds) : null;
    const recordsPerSecond = perSecond(({ records }) => records);
    if (recordsPerSecond !== null) this.#history = [...this.#history, recordsPerSecond].slice(-HISTORY);
    return {
      ...look,
      channelId: this.#id,
      recordsPerSecond,
      bytesPerSecond: perSecond(({ position }) => position),
      history: this.#history,
    };
  }

  [Symbol.dispose](): void {
    this.#source?.[Symbol.dispose]();
    this.#source = null;
  }

  #look(deadline: number): Look {
    try {
      this.#source ??= openSource(this.#root, this.#id);
      return this.#source.look(deadline);
    } catch (error) {
      if (!(error instanceof RingwireError)) throw error;
      this[Symbol.dispose]();
      return unreadable(this.#root, this.#id, error);
    }
  }
}

function openSource(root: string, id: bigint): Source {
  const kind = channelKind(root, id);
  return kind === 'ring' ? new RingSource(root, id) : new ReadSource(root, id, kind);
}

class RingSource implements Source {
  readonly #view: RingView;

  constructor(root: string, id: bigint) {
    this.#view = RingView.open(root, id);
  }

  look(): Look {
    const { header, writerAlive, owner } = this.#view;
    const { position, sequence, closed } = this.#view.newest();
    return {
      kind: 'ring',
      state: closed ? 'closed' : writerAlive === false ? 'dead' : 'alive',
      pid: owner?.pid ?? null,
      capacity: header.capacity,
      position,
      records: sequence,
      caughtUp: true,
      readers: this.#view.readers(position),
      error: null,
    };
  }

  [Symbol.dispose](): void {
    this.#view.close();
  }
}

class ReadSource implements Source {
  readonly #kind: ChannelKind;
  readonly #reader: Reader;
  readonly #pid: number | null;
  #records = 0;

  constructor(root: string, id: bigint, kind: ChannelKind) {
    this.#kind = kind;
    this.#reader = openReader(root, id, { timeout: 'never' });
    const owner = kind === 'journal' ? journalStatus(root, id).owner : logOwner(root, id);
    this.#pid = owner?.pid ?? null;
  }

  look(deadline: number): Look {
    const reader = this.#reader;
    const alive = reader.writerAlive;
    let caughtUp = false;
    let error: RingwireError | null = null;
    try {
      do {
        const found = reader.poll(() => {}, STRIDE);
        this.#records += found;
        caughtUp = found < STRIDE && !isBehind(reader);
      } while (!caughtUp && performance.now() < deadline);
    } catch (thrown) {
      if (!(thrown instanceof RingwireError)) throw thrown;
    }
    const { endReason } = reader;
    if (endReason !== null && endReason.code !== 'CLOSED') {
      error = endReason;
      caughtUp = true;
    }
    const closed = endReason?.code === 'CLOSED';
    return {
      kind: this.#kind,
      state: error !== null ? 'damaged' : closed ? 'closed' : alive === false ? 'dead' : 'alive',
      pid: this.#pid,
      capacity: reader.header.capacity,
      position: reader.position,
      // Of a journal also those that were deleted before they could be read.
      records: reader instanceof JournalReader ? reader.sequence : this.#records,
      caughtUp,
      readers: [],
      error,
    };
  }

  [Symbol.dispose](): void {
    this.#reader.close();
  }
}

function unreadable(root: string, id: bigint, error: RingwireError): Look {
  const { state, kind, header, position } = scanChannel(root, id);
  return {
    kind,
    state,
    pid: null,
    capacity: header?.capacity ?? 0,
    position,
    records: 0,
    caughtUp: true,
    readers: [],
    error,
  };
}
