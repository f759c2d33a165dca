/**
 * The sending side of sealed frames.
 *
 * INV-SEAL-01: no nonce seals two frames. The counter grows with every sent frame, the random part changes when the
 * counter wraps, and every session has a new salt.
 */
import { randomBytes } from 'node:crypto';
import { RingwireError } from '../../platform/index.js';
import { agentKey, ivPrefix, KEY_LENGTH, sealFrame } from '../frame/secure-frame-layout.js';

const SALT_LENGTH = 16;
const LAST_U32 = 0xffff_ffff;

/** A key that agent and observer share, or a master key from which each agent's key is derived. */
export type SecureKey = { readonly sharedKey: Uint8Array } | { readonly masterKey: Uint8Array };

/** Seals the frames of one connection. */
export class SecureSession {
  readonly #key: Uint8Array;
  /** In the master-key form, the pid at the start of the datagram. */
  readonly #pid: number | undefined;
  #salt = randomBytes(SALT_LENGTH);
  #index = 0;
  #ivRandom = ivPrefix(this.#salt, 0);
  #counter = 0;

  /** @throws RingwireError `INVALID_KEY` */
  constructor(key: SecureKey, pid: number) {
    if ('masterKey' in key) {
      this.#key = agentKey(checkKey(key.masterKey), pid);
      this.#pid = pid;
    } else {
      this.#key = checkKey(key.sharedKey);
    }
  }

  /** Seals a frame with the current nonce. The same bytes give the same result until {@link advance}. */
  seal(frame: Uint8Array): Buffer {
    return sealFrame(this.#key, this.#ivRandom, this.#counter, frame, this.#pid);
  }

  /** @internal Continues at this counter; for tests of the wrap. */
  seek(counter: number): void {
    this.#counter = counter;
  }

  /** Takes the next nonce. Call it after the sealed frame was sent. */
  advance(): void {
    if (this.#counter < LAST_U32) {
      this.#counter++;
      return;
    }
    this.#counter = 0;
    if (this.#index < LAST_U32) {
      this.#index++;
    } else {
      this.#index = 0;
      this.#salt = randomBytes(SALT_LENGTH);
    }
    this.#ivRandom = ivPrefix(this.#salt, this.#index);
  }
}

/** Returns the key. @throws RingwireError `INVALID_KEY` unless it has 32 bytes */
export function checkKey(key: Uint8Array): Uint8Array {
  if (key instanceof Uint8Array && key.length === KEY_LENGTH) return key;
  throw new RingwireError('INVALID_KEY', `a key must have ${KEY_LENGTH} bytes: read it with readKeyFile()`);
}
