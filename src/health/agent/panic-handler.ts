/**
 * Sends the last frame of a process that crashes: one critical frame with the terminal nonce. The connection is opened
 * at installation. At the crash the handler sends without blocking, reconnects at most once, and swallows its own
 * errors, so the process ends as it would have ended without the handler.
 */
import os from 'node:os';
import process from 'node:process';
import { RingwireError } from '../../platform/index.js';
import { FrameBuffer } from '../frame/frame-layout.js';
import { Status } from '../frame/status.js';
import { type AgentOptions, resolveAgentOptions } from './agent-options.js';
import { type BeatTarget, describeTarget, openTransport } from './beat-target.js';
import type { BeatTransport } from './beat-transport.js';

/** Options of {@link installPanicHandler}. */
export interface PanicHandlerOptions extends Pick<AgentOptions, 'wireVersion' | 'sharedKey' | 'masterKey'> {
  /**
   * Signals that count as a crash, for example `['SIGTERM', 'SIGINT']`; default none. A signal without another
   * listener ends the process as it would have without a handler.
   */
  readonly signals?: readonly NodeJS.Signals[];
}

/** Signals that end a process and can be listened to. */
const FATAL_SIGNALS: readonly NodeJS.Signals[] = [
  'SIGTERM',
  'SIGINT',
  'SIGQUIT',
  'SIGHUP',
  'SIGABRT',
  'SIGUSR2',
  'SIGALRM',
  'SIGXCPU',
];
const { EAGAIN, EBUSY, ENOBUFS, ENOSPC } = os.constants.errno;
const ALL_ONES = 0xffff_ffff;
/** Targets that were sent a terminal frame: several handlers for one target send one frame. */
const told = new Set<string>();

/**
 * Sends a terminal frame when an error is not caught, when a rejection is not handled, and on the named signals.
 * Timestamps count from this call. Installing needs no observer: without one, or when it was restarted meanwhile, the
 * handler connects once at the crash. A channel is used only while it is open.
 * @param target where the frame goes, as for {@link VlpAgent.connect}
 * @returns a function that removes the handler; a second call does nothing
 * @throws RingwireError `INVALID_ARGUMENT`, `INVALID_KEY`, `COULD_NOT_ACCESS_SOCKET` (the socket exists and may not be
 * used), `NONCE_NOT_SHARED`, and for a channel the errors of creating one; nothing is installed then
 */
export function installPanicHandler(target: BeatTarget, options: PanicHandlerOptions = {}): () => void {
  const { signals = [], ...agentOptions } = options;
  for (const signal of signals) {
    if (!FATAL_SIGNALS.includes(signal)) {
      throw new RingwireError('INVALID_ARGUMENT', `signals are ${FATAL_SIGNALS.join(', ')}, not ${signal}`);
    }
  }
  const { key, wireVersion } = resolveAgentOptions(agentOptions);
  const name = describeTarget(target);
  const open = () => openTransport(target, key, process.pid);
  let transport = openWhenObserved(open);
  const frame = new FrameBuffer();

  const sendTerminalFrame = () => {
    if (told.has(name)) return;
    told.add(name);
    try {
      frame.encode(wireVersion, Status.Critical, process.pid, ALL_ONES, ALL_ONES, 0, 0);
      if (transport === null) transport = open();
      else if (!isStale(transport.finish(frame))) return;
      else transport.reopen();
      transport.finish(frame);
    } catch {}
  };
  const onSignal = (signal: NodeJS.Signals) => {
    sendTerminalFrame();
    if (process.listenerCount(signal) > 1) return;
    process.off(signal, onSignal);
    process.kill(process.pid, signal);
  };

  process.on('uncaughtExceptionMonitor', sendTerminalFrame);
  for (const signal of signals) process.on(signal, onSignal);

  let installed = true;
  return () => {
    if (!installed) return;
    installed = false;
    process.off('uncaughtExceptionMonitor', sendTerminalFrame);
    for (const signal of signals) process.off(signal, onSignal);
    transport?.close();
  };
}

/** Opens the transport; null while no observer has bound the socket. Other errors are errors of the caller. */
function openWhenObserved(open: () => BeatTransport): BeatTransport | null {
  try {
    return open();
  } catch (error) {
    if (error instanceof RingwireError && error.code === 'NO_OBSERVER') return null;
    throw error;
  }
}

/** Whether a new connection may help. A full queue, a full channel and a claim by the application stay as they are. */
function isStale(errno: number): boolean {
  return errno !== 0 && errno !== EAGAIN && errno !== ENOBUFS && errno !== EBUSY && errno !== ENOSPC;
}
