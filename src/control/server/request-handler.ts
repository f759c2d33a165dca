/** The effect and the answer of each request; independent of sockets. */
import { reasonOf } from '../../platform/index.js';
import { ControlError } from '../control-error.js';
import type { ControlEvent, ControlService, LogStream } from '../control-service.js';
import type { Watch } from '../watch.js';
import type { CutFrame } from '../wire/frame-decoder.js';
import { LogFrameEncoder } from '../wire/log-frame-encoder.js';
import { encodeMessage, maxLogData } from '../wire/message-codec.js';
import { MessageType, type WireBodies, type WireEntry, ZERO_ENTRY } from '../wire/message-layout.js';
import {
  decodeRequest as decode,
  EXTENSIONS_WITH_BODY,
  isServedExtension,
  serveExtension,
} from './extension-requests.js';

/** Log and event frames carry the sequence number 0, also the one answer to a snapshot request. */
const STREAM_SEQ = 0n;

/** The answer to one request. */
export type Answer =
  /** A frame, in one piece or several. */
  | { readonly kind: 'reply'; readonly frame: readonly Uint8Array[] }
  /** The connection belongs to the stream from then on. */
  | {
      readonly kind: 'logs';
      readonly first: readonly Uint8Array[];
      readonly encoder: LogFrameEncoder;
      readonly watch: Watch<Uint8Array>;
    }
  | { readonly kind: 'events'; readonly watch: Watch<ControlEvent> }
  /** A last frame, then the end. */
  | { readonly kind: 'close'; readonly frame: readonly Uint8Array[] };

/**
 * Answers one request; a promise only where the service returns one.
 * @param isOwnUser whether the client runs as the user of this process, or as root
 */
export function handleRequest(
  service: ControlService,
  frame: CutFrame,
  isOwnUser: () => boolean,
): Answer | Promise<Answer> {
  try {
    // A client that names commands runs them as the user of this process.
    if (frame.type === MessageType.ReloadRequest && !isOwnUser()) {
      throw new ControlError('REFUSED', 'cliwrap: only the user of the manager and root may reload');
    }
    return dispatch(service, frame);
  } catch (error) {
    return errorReply(frame.seq, reasonOf(error));
  }
}

/** The frame of one event. */
export function encodeEvent(event: ControlEvent): Buffer {
  const { id, type, time, ...extra } = event;
  return encodeMessage(MessageType.EventsStream, STREAM_SEQ, {
    pid: id,
    t: type,
    ts: time,
    sum: `${type} ${id}`,
    ...extra,
  });
}

/** The requests of this file whose body is read; those of others are in extension-requests.ts. */
const WITH_BODY: readonly number[] = [
  MessageType.StatusRequest,
  MessageType.LogsRequest,
  MessageType.EventsSubscribe,
  MessageType.StartRequest,
  MessageType.StopRequest,
];
/** A whole configuration is longer than any other request. */
const MAX_RELOAD_BODY = 1024 * 1024;

/** The most bytes of a body that are read, of those that a server reads at most; the body of other requests is discarded. */
export function bodyLimit(type: number, maxRequestBody: number): number {
  if (!WITH_BODY.includes(type) && !EXTENSIONS_WITH_BODY.includes(type)) return 0;
  return type === MessageType.ReloadRequest ? Math.max(maxRequestBody, MAX_RELOAD_BODY) : maxRequestBody;
}

function dispatch(service: ControlService, frame: CutFrame): Answer | Promise<Answer> {
  const { type, seq } = frame;
  // The body of a list request is ignored, so its length does not matter; nor does that of a shutdown.
  if (type === MessageType.ListRequest) {
    return {
      kind: 'reply',
      frame: [encodeMessage(MessageType.ListResponse, seq, { entries: service.list() })],
    };
  }
  const isExtension = isServedExtension(service, type);
  const isKnown =
    WITH_BODY.includes(type) && (type !== MessageType.StartRequest || service.start !== undefined);
  if (!isKnown && !isExtension) return unknownRequest(frame);
  if (frame.skipped > 0 && type !== MessageType.ShutdownRequest)
    throw new ControlError('BODY_TOO_LONG', `bad request: a body of ${frame.skipped} bytes is too long`);
  if (isExtension) return extension(service, frame);
  switch (type) {
    case MessageType.StatusRequest:
      return statusReply(seq, service.statusOf(processId(frame)), '');
    case MessageType.StopRequest:
      return settled(seq, service.stop(processId(frame)));
    case MessageType.StartRequest:
      return service.start === undefined
        ? unknownRequest(frame)
        : settled(seq, service.start(processId(frame)));
    case MessageType.LogsRequest:
      return frame.body.length === 0 ? unknownRequest(frame) : logs(service, decode(frame, type));
    default:
      return events(service, frame);
  }
}

function processId(frame: CutFrame): string {
  return frame.body.length === 0 ? '' : decode(frame, MessageType.StatusRequest).id;
}

function logs(service: ControlService, request: WireBodies[typeof MessageType.LogsRequest]): Answer {
  const { id, s, f, sn = 0n, ln = 0 } = request;
  const isStream = s === 0 || s === 1;
  if (f && !isStream) {
    const text = `cliwrap: invalid stream id ${s} (want 0 or 1)\n`;
    return { kind: 'close', frame: new LogFrameEncoder(id, s).pieces(Buffer.from(text), true) };
  }
  // The snapshot is taken and the watch begins in one turn: no gap between them and no overlap. In this order, because
  // a service may take in what is waiting when it is asked for a snapshot.
  const options = { since: sn, lines: Math.max(0, Number(ln)), maxBytes: maxLogData(id) };
  const d = isStream ? service.logsSnapshot(id, s as LogStream, options) : null;
  const watch = f ? service.watchLogs(id, s as LogStream) : null;
  const encoder = new LogFrameEncoder(id, s);
  const first = encoder.pieces(d, watch === null);
  return watch === null ? { kind: 'reply', frame: first } : { kind: 'logs', first, encoder, watch };
}

function events(service: ControlService, frame: CutFrame): Answer {
  // No body at all means everything; a broken one does not.
  const request = frame.body.length === 0 ? { pids: null } : decode(frame, MessageType.EventsSubscribe);
  const { pids, types = null } = request as WireBodies[typeof MessageType.EventsSubscribe];
  return { kind: 'events', watch: service.events({ ids: pids, types }) };
}

async function extension(service: ControlService, frame: CutFrame): Promise<Answer> {
  try {
    const report = await serveExtension(service, frame);
    if (report === null) return statusReply(frame.seq, ZERO_ENTRY, '');
    return { kind: 'reply', frame: [encodeMessage(MessageType.ReloadResponse, frame.seq, { report })] };
  } catch (error) {
    return errorReply(frame.seq, reasonOf(error));
  }
}

async function settled(seq: bigint, work: Promise<void>): Promise<Answer> {
  try {
    await work;
    return statusReply(seq, ZERO_ENTRY, '');
  } catch (error) {
    return errorReply(seq, reasonOf(error));
  }
}

function unknownRequest(frame: CutFrame): Answer {
  const type = frame.type.toString(16).padStart(2, '0');
  return errorReply(frame.seq, `unknown request type 0x${type}`);
}

function errorReply(seq: bigint, err: string): Answer {
  return statusReply(seq, ZERO_ENTRY, err);
}

function statusReply(seq: bigint, entry: WireEntry, err: string): Answer {
  return { kind: 'reply', frame: [encodeMessage(MessageType.StatusResponse, seq, { entry, err })] };
}
