/** Decodes replies: the answer in a frame, or the error that it carries. */
import { ControlError, errorFromText } from '../control-error.js';
import type { ControlEvent } from '../control-service.js';
import type { ReloadReport } from '../reload-report.js';
import type { ControlFrame } from '../wire/frame-layout.js';
import { decodeBody } from '../wire/message-codec.js';
import { MessageType, type WireEntry } from '../wire/message-layout.js';

/** An event as the client returns it. */
export interface ReceivedEvent extends ControlEvent {
  /** {@link ControlEvent.time} in milliseconds, for people. */
  readonly date: Date;
  /** The text that the server sent: type and id. */
  readonly summary: string;
}

/** Whether the frame answers the request of this type and number; log frames carry the number 0. */
export function answers(frame: ControlFrame, type: MessageType, seq: bigint): boolean {
  if (frame.type !== replyTo(type) && frame.type !== MessageType.StatusResponse) return false;
  return frame.seq === (frame.type === MessageType.LogsStream ? 0n : seq);
}

/** The entries of a list reply. @throws ControlError for an error of the server, `UNEXPECTED_REPLY`, `BAD_BODY` */
export function entriesIn(frame: ControlFrame): readonly WireEntry[] {
  expectType(frame, MessageType.ListResponse);
  return decodeBody(MessageType.ListResponse, frame.body).entries ?? [];
}

/** The entry of a status reply. @throws ControlError for an error of the server, `BAD_BODY` */
export function entryIn(frame: ControlFrame): WireEntry {
  const { entry, err } = decodeBody(MessageType.StatusResponse, frame.body);
  if (err !== '') throw errorFromText(err);
  return entry;
}

/** The data `d` of a log frame, and whether it is the last. @throws ControlError like {@link entriesIn} */
export function logDataIn(frame: ControlFrame): { d: Buffer; eof: boolean } {
  expectType(frame, MessageType.LogsStream);
  const { d, eof } = decodeBody(MessageType.LogsStream, frame.body);
  return { d: (d as Buffer | null) ?? Buffer.alloc(0), eof };
}

/** The report of a reload reply. @throws ControlError like {@link entriesIn} */
export function reloadReportIn(frame: ControlFrame): ReloadReport {
  expectType(frame, MessageType.ReloadResponse);
  const { report } = decodeBody(MessageType.ReloadResponse, frame.body);
  try {
    return JSON.parse(report) as ReloadReport;
  } catch (error) {
    throw new ControlError('BAD_BODY', 'the report of a reload is not JSON', { cause: error });
  }
}

/** The event of an event frame. @throws ControlError like {@link entriesIn} */
export function eventIn(frame: ControlFrame): ReceivedEvent {
  expectType(frame, MessageType.EventsStream);
  const { pid, t, ts, sum, ...extra } = decodeBody(MessageType.EventsStream, frame.body);
  return { id: pid, type: t, time: ts, date: new Date(Number(ts / 1_000_000n)), summary: sum, ...extra };
}

/** A server answers a request it cannot serve with a status message that carries an error. */
function expectType(frame: ControlFrame, expected: MessageType): void {
  if (frame.type === expected) return;
  if (frame.type === MessageType.StatusResponse) entryIn(frame);
  throw new ControlError('UNEXPECTED_REPLY', `message of type 0x${frame.type.toString(16)} in a stream`);
}

function replyTo(type: MessageType): MessageType {
  if (type === MessageType.ListRequest) return MessageType.ListResponse;
  if (type === MessageType.LogsRequest) return MessageType.LogsStream;
  if (type === MessageType.EventsSubscribe) return MessageType.EventsStream;
  if (type === MessageType.ReloadRequest) return MessageType.ReloadResponse;
  return MessageType.StatusResponse;
}
