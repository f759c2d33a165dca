/** Options of an agent: checks and defaults. */
import { RingwireError } from '../../platform/index.js';
import type { WireVersion } from '../frame/frame-layout.js';
import { checkKey, type SecureKey } from '../secure/secure-session.js';

/** Options of {@link VlpAgent.connect}. */
export interface AgentOptions {
  /**
   * Version of the wire format. 1: varta-client 0.1, payload of 64 bits, no checksum. 2: varta-client 0.2, payload of 32
   * bits, CRC-32C and stricter rules. varta-watch accepts one of the two, VlpObserver both. Default: 1.
   */
  readonly wireVersion?: WireVersion;
  /**
   * Consecutive drops after which a beat reconnects, 0 to 2^32-1; 0: never. Default: 0. See
   * {@link VlpAgent.setReconnectAfter}.
   */
  readonly reconnectAfterDrops?: number;
  /**
   * Behavior after a failed reconnect. `every-drop`: the next drop tries again, like varta-client 0.1; without an
   * observer each beat costs a connect. `bounded`: `reconnectAfterDrops` more drops try again, like varta-client 0.2.
   * Default: `every-drop`.
   */
  readonly reconnectRule?: 'every-drop' | 'bounded';
  /** Key that seals the frames: 32 bytes, from {@link readKeyFile}. UDP and wire version 2 only. Default: none. */
  readonly sharedKey?: Uint8Array;
  /** Key from which the sealing key of this agent is derived with its pid: 32 bytes. Replaces `sharedKey`. Default: none. */
  readonly masterKey?: Uint8Array;
}

/** {@link AgentOptions} with defaults applied. */
export interface ResolvedAgentOptions {
  readonly wireVersion: WireVersion;
  readonly reconnectAfterDrops: number;
  readonly reconnectRule: 'every-drop' | 'bounded';
  readonly key: SecureKey | null;
}

const NAMES = ['wireVersion', 'reconnectAfterDrops', 'reconnectRule', 'sharedKey', 'masterKey'];

/** @throws RingwireError `INVALID_ARGUMENT` or `INVALID_KEY` */
export function resolveAgentOptions(options: AgentOptions = {}): ResolvedAgentOptions {
  for (const name of Object.keys(options)) {
    if (!NAMES.includes(name)) throw invalid(`unknown option '${name}'; expected one of ${NAMES.join(', ')}`);
  }
  const { wireVersion = 1, reconnectAfterDrops = 0, reconnectRule = 'every-drop' } = options;
  if (wireVersion !== 1 && wireVersion !== 2) throw invalid(`wireVersion must be 1 or 2, not ${wireVersion}`);
  if (
    !Number.isInteger(reconnectAfterDrops) ||
    reconnectAfterDrops < 0 ||
    reconnectAfterDrops > 0xffff_ffff
  ) {
    throw invalid(`reconnectAfterDrops must be a whole number from 0 to 2^32-1, not ${reconnectAfterDrops}`);
  }
  if (reconnectRule !== 'every-drop' && reconnectRule !== 'bounded') {
    throw invalid(`reconnectRule must be every-drop or bounded, not ${reconnectRule}`);
  }
  const key = resolveKey(options);
  if (key !== null && wireVersion !== 2)
    throw invalid('sealed frames require wire version 2: set wireVersion: 2');
  return { wireVersion, reconnectAfterDrops: reconnectAfterDrops, reconnectRule, key };
}

function resolveKey({ sharedKey, masterKey }: AgentOptions): SecureKey | null {
  if (sharedKey !== undefined && masterKey !== undefined) {
    throw invalid('give sharedKey or masterKey, not both');
  }
  if (sharedKey !== undefined) return { sharedKey: checkKey(sharedKey) };
  return masterKey === undefined ? null : { masterKey: checkKey(masterKey) };
}

function invalid(message: string): RingwireError {
  return new RingwireError('INVALID_ARGUMENT', message);
}
