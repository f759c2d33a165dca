/** The observer that the options of `ringwire vlp watch` describe. */
import net from 'node:net';
import {
  type ObserverOptions,
  type RecoveryOptions,
  readKeyFile,
  readKeyListFile,
  readOwnSecret,
  type UdpOptions,
} from '../../../health/index.js';
import { RingwireError } from '../../../platform/index.js';
import type { WatchOptions } from './watch-options.js';

/** @throws RingwireError `INVALID_ARGUMENT` or `INVALID_KEY` */
export function observerOptions(options: WatchOptions): ObserverOptions {
  const { socket, globalBeatBurst, udpPort, udsRcvbufBytes } = options;
  const recovery = recoveryOptions(options);
  return {
    thresholdMs: options.thresholdMs,
    socketMode: options.socketMode,
    readTimeoutMs: options.readTimeoutMs,
    trackerCapacity: options.trackerCapacity,
    trackerEviction: options.trackerEvictionPolicy,
    acceptVersions: options.acceptVersion === 'both' ? [1, 2] : [options.acceptVersion === '1' ? 1 : 2],
    maxBeatRate: options.maxBeatRate,
    globalBeatRate: options.globalBeatRate,
    channels: (options.channel ?? []).map((name) => (name.startsWith('channel:') ? name : `channel:${name}`)),
    ...(socket === undefined ? {} : { socket }),
    ...(udsRcvbufBytes === undefined ? {} : { receiveBufferBytes: udsRcvbufBytes }),
    ...(globalBeatBurst === undefined ? {} : { globalBeatBurst }),
    ...(udpPort === undefined ? {} : { udp: udpOptions(options, udpPort) }),
    ...(recovery === null ? {} : { recovery }),
  };
}

function recoveryOptions(options: WatchOptions): RecoveryOptions | null {
  if (options.recoveryCmd !== undefined) {
    throw invalid(
      "--recovery-cmd would run a shell: use --recovery-exec '/path/of/program arguments {pid}' instead",
    );
  }
  if (options.recoveryCmdFile !== undefined) {
    throw invalid('--recovery-cmd-file would run a shell: use --recovery-exec-file <path> instead');
  }
  const { recoveryExec, recoveryExecFile, recoveryTimeoutMs } = options;
  if (recoveryExec !== undefined && recoveryExecFile !== undefined) {
    throw invalid('give --recovery-exec or --recovery-exec-file, not both');
  }
  const command = recoveryExec ?? (recoveryExecFile === undefined ? null : readOwnSecret(recoveryExecFile));
  if (command === null) return null;
  return {
    command: command.split(/\s+/).filter((part) => part !== ''),
    env: Object.fromEntries((options.recoveryEnv ?? []).map(variable)),
    inheritEnv: options.recoveryInheritEnv ?? false,
    debounceMs: options.recoveryDebounceMs,
    captureOutput: options.recoveryCaptureStdio ?? false,
    captureBytes: options.recoveryCaptureBytes,
    shutdownGraceMs: options.shutdownGraceMs,
    ...(recoveryTimeoutMs === undefined ? {} : { timeoutMs: recoveryTimeoutMs }),
  };
}

function udpOptions(options: WatchOptions, port: number): UdpOptions {
  const { udpBindAddr: host, iAcceptSecureUdpNonLoopback = false } = options;
  const sharedKeys = [
    ...(options.keyFile ?? []).map(readKeyFile),
    ...(options.acceptedKeyFile ?? []).flatMap(readKeyListFile),
  ];
  const masterKeys = (options.masterKeyFile ?? []).map(readKeyFile);
  if (sharedKeys.length + masterKeys.length > 0 && !isLoopback(host) && !iAcceptSecureUdpNonLoopback) {
    throw invalid(
      `${host} is not a loopback address: frames that were captured there can be replayed after a restart of the observer; add --i-accept-secure-udp-non-loopback to accept this`,
    );
  }
  return { host, port, sharedKeys, masterKeys, acceptPlain: options.iAcceptPlaintextUdp ?? false };
}

function isLoopback(host: string): boolean {
  return net.isIPv4(host) ? host.startsWith('127.') : host === '::1';
}

function variable(text: string): [name: string, value: string] {
  const at = text.indexOf('=');
  if (at < 1) throw invalid(`--recovery-env must be NAME=VALUE, not "${text}"`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function invalid(message: string): RingwireError {
  return new RingwireError('INVALID_ARGUMENT', message);
}
