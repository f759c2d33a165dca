/**
 * Sends the last frame of a crashing process: one critical frame with the terminal nonce. The connection is opened at
 * installation. At the crash the handler sends without blocking, reconnects at most once and ignores its own errors, so
 * the process ends as without the handler.
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
   * Signals that count as a crash, for example `['SIGTERM', 'SIGINT']`. A signal without another listener still ends the
   * process. Default: none.
   */
  readonly signals?: readonly NodeJS.Signals[];
}

/** Signals that end a process and that a process can handle. */
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
/** Targets that have received a terminal frame: several handlers for one target send one frame. */
const told = new Set<string>();

/**
 * Sends a terminal frame for an uncaught error, an unhandled rejection and the given signals. Timestamps count from this
 * call. The installation requires no observer: without a connection the handler connects once at the crash. A channel is
 * used only while it is open.
 * @param target destination of the frame, as for {@link VlpAgent.connect}
 * @returns a function that removes the handler; a second call does nothing
 * @throws RingwireError `INVALID_ARGUMENT`, `INVALID_KEY`, `COULD_NOT_ACCESS_SOCKET` (no permission to use
 * the socket), `NONCE_NOT_SHARED`, and for a channel the errors of creating one; nothing is installed then
 */
export function installPanicHandler(target: BeatTarget, options: PanicHandlerOptions = {}): () => void {
  const { signals = [], ...agentOptions } = options;
  for (const signal of signals) {
    if (!FATAL_SIGNALS.includes(signal)) {
      throw new RingwireError(
        'INVALID_ARGUMENT',
        `signals must be among ${FATAL_SIGNALS.join(', ')}, not ${signal}`,
      );
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

/** Opens the transport; null while no observer has bound the socket. @throws all other errors */
function openWhenObserved(open: () => BeatTransport): BeatTransport | null {
  try {
    return open();
  } catch (error) {
    if (error instanceof RingwireError && error.code === 'NO_OBSERVER') return null;
    throw error;
  }
}

/** Whether a new connection may help. It does not help against a full queue, a full channel or an open claim. */
function isStale(errno: number): boolean {
  return errno !== 0 && errno !== EAGAIN && errno !== ENOBUFS && errno !== EBUSY && errno !== ENOSPC;
}
