/** The requests that the original does not know: reload, scale, signal, shutdown, restart. */
import { reasonOf } from '../../platform/index.js';
import { ControlError } from '../control-error.js';
import type { ControlService } from '../control-service.js';
import type { CutFrame } from '../wire/frame-decoder.js';
import { decodeBody } from '../wire/message-codec.js';
import { MessageType, type WireBodies } from '../wire/message-layout.js';

/** The method of a service that serves each type. */
const METHODS: ReadonlyMap<number, 'reload' | 'scale' | 'signal' | 'shutdown' | 'restart'> = new Map([
  [MessageType.ReloadRequest, 'reload'],
  [MessageType.ScaleRequest, 'scale'],
  [MessageType.SignalRequest, 'signal'],
  [MessageType.ShutdownRequest, 'shutdown'],
  [MessageType.RestartRequest, 'restart'],
]);

/** The requests of this file whose body is read. */
export const EXTENSIONS_WITH_BODY: readonly number[] = [
  MessageType.ReloadRequest,
  MessageType.ScaleRequest,
  MessageType.SignalRequest,
  MessageType.RestartRequest,
];

/** Whether this is a request of this file, and the service serves it. */
export function isServedExtension(service: ControlService, type: number): boolean {
  const method = METHODS.get(type);
  return method !== undefined && service[method] !== undefined;
}

/** The values of a request. @throws ControlError `BAD_BODY` */
export function decodeRequest<T extends MessageType>(frame: CutFrame, type: T): WireBodies[T] {
  try {
    return decodeBody(type, frame.body);
  } catch (error) {
    throw new ControlError('BAD_BODY', `bad request: ${reasonOf(error)}`, { cause: error });
  }
}

/** Serves one request of this file. @returns the report of a reload, else null */
export async function serveExtension(service: ControlService, frame: CutFrame): Promise<string | null> {
  if (frame.body.length === 0 && frame.type !== MessageType.ShutdownRequest) {
    throw new ControlError('BAD_BODY', 'bad request: a body is required');
  }
  switch (frame.type) {
    case MessageType.ReloadRequest: {
      const { processes, dry } = decodeRequest(frame, frame.type);
      return JSON.stringify(await service.reload?.(arrayIn(processes), dry));
    }
    case MessageType.ScaleRequest: {
      const { id, n } = decodeRequest(frame, frame.type);
      await service.scale?.(id, Number(n));
      return null;
    }
    case MessageType.SignalRequest: {
      const { id, sig, grp } = decodeRequest(frame, frame.type);
      service.signal?.(id, sig, grp);
      return null;
    }
    case MessageType.RestartRequest:
      await service.restart?.(decodeRequest(frame, frame.type).id);
      return null;
    default:
      await service.shutdown?.();
      return null;
  }
}

function arrayIn(json: string): readonly object[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new ControlError('BAD_BODY', `bad request: processes: ${reasonOf(error)}`, { cause: error });
  }
  const isList = Array.isArray(value) && value.every((spec) => typeof spec === 'object' && spec !== null);
  if (isList) return value as readonly object[];
  throw new ControlError('BAD_BODY', 'bad request: processes must be an array of objects');
}
