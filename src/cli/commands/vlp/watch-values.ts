/** The values of the options of `ringwire vlp watch`, and the observer they describe. */
import net from 'node:net';
import { InvalidArgumentError } from 'commander';
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

/** Where metrics are served. */
export interface PromAddress {
  readonly host: string;
  readonly port: number;
}

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
  if (options.recoveryCmd !== undefined || options.recoveryCmdFile !== undefined) {
    throw invalid(
      "--recovery-cmd would run a shell: use --recovery-exec '/path/of/program arguments {pid}' instead",
    );
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

/** Permissions: `600`, `0600`, `0o600` or `0O600`. @throws InvalidArgumentError */
export function octalOption(text: string): number {
  const match = /^(?:0o|0)?([0-7]{1,3})$/i.exec(text);
  if (match === null) {
    throw new InvalidArgumentError(`expected octal digits (e.g. 600, 0600, or 0o600), got: "${text}"`);
  }
  return Number.parseInt(match[1] as string, 8);
}

/** `127.0.0.1:9464` or `[::1]:9464`. @throws InvalidArgumentError */
export function promAddressOption(text: string): PromAddress {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? '';
  if (match === null || Number(match[3]) > 65_535 || net.isIP(host) === 0) {
    throw new InvalidArgumentError(`not a valid socket address: "${text}"`);
  }
  return { host, port: Number(match[3]) };
}

function invalid(message: string): RingwireError {
  return new RingwireError('INVALID_ARGUMENT', message);
}
