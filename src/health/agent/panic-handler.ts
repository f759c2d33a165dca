/**
 * The last word of a process that crashes: one critical frame with the terminal nonce. The way to the observer is
 * opened beforehand; at the crash there is one send that does not wait, and whatever goes wrong is swallowed, so that
 * the process ends as it would have ended without.
 */
import process from 'node:process';
import { RingwireError } from '../../platform/index.js';
import { FrameBuffer } from '../frame/frame-layout.js';
import { Status } from '../frame/status.js';
import { type AgentOptions, resolveAgentOptions } from './agent-options.js';
import { type BeatTarget, openTransport } from './beat-target.js';

export interface PanicHandlerOptions extends Pick<AgentOptions, 'wireVersion' | 'sharedKey' | 'masterKey'> {
  /**
   * Signals that count as a crash, for example `['SIGTERM', 'SIGINT']`; default none. Where nobody else listens to
   * the signal, it ends the process as it would have without a handler.
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
const ALL_ONES = 0xffff_ffff;
/** Targets that have had the last word: with several handlers each still gets one frame. */
const told = new Set<string>();

/**
 * Sends a terminal frame when an error is not caught, also one of an unhandled rejection, and on the signals that are
 * named. Timestamps count from this call. A channel is used only while it is open.
 * @returns takes the handler back; a second call does nothing
 * @throws RingwireError like {@link VlpAgent.connect}; nothing is installed then
 */
export function installPanicHandler(target: BeatTarget, options: PanicHandlerOptions = {}): () => void {
  const { signals = [], ...agentOptions } = options;
  for (const signal of signals) {
    if (!FATAL_SIGNALS.includes(signal)) {
      throw new RingwireError('INVALID_ARGUMENT', `signals are ${FATAL_SIGNALS.join(', ')}, not ${signal}`);
    }
  }
  const { key, wireVersion } = resolveAgentOptions(agentOptions);
  const transport = openTransport(target, key, process.pid);
  const frame = new FrameBuffer();

  const sendTerminalFrame = () => {
    if (told.has(transport.target)) return;
    told.add(transport.target);
    try {
      frame.encode(wireVersion, Status.Critical, process.pid, ALL_ONES, ALL_ONES, 0, 0);
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
    transport.close();
  };
}
