/**
 * Sealed frames: a frame of wire version 2, encrypted with ChaCha20-Poly1305 (RFC 8439). Source: the 0.2 line of
 * varta-vlp. The only format for untrusted networks.
 *
 *      +-------------------------------+
 *      | pid, u32                      |  master-key form only (64 bytes); authenticated, not encrypted
 *      +-------------------------------+
 *      | random part of the nonce, 8   |
 *      |                               |
 *      +-------------------------------+
 *      | counter, u32                  |
 *      +-------------------------------+
 *      | encrypted frame, 32           |
 *      |              ...              |
 *      +-------------------------------+
 *      | tag, 16                       |
 *      |              ...              |
 *      +-------------------------------+
 */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { FRAME_LENGTH } from './frame-layout.js';

const PREFIX_LENGTH = 4;
/** Bytes of the random part of the nonce. */
export const IV_RANDOM_LENGTH = 8;
const IV_LENGTH = 12;
const TAG_LENGTH = 16;
/** Bytes of a key. */
export const KEY_LENGTH = 32;
/** Bytes of a sealed frame under a shared key. */
export const SHARED_KEY_FORM = IV_LENGTH + FRAME_LENGTH + TAG_LENGTH;
/** Bytes of a sealed frame under a key derived from a master key. */
export const MASTER_KEY_FORM = PREFIX_LENGTH + SHARED_KEY_FORM;

const CIPHER = 'chacha20-poly1305';
const NO_SALT = Buffer.alloc(0);

/** Seals a frame. A `pid` selects the master-key form, which starts with the pid. */
export function sealFrame(
  key: Uint8Array,
  ivRandom: Uint8Array,
  counter: number,
  frame: Uint8Array,
  pid?: number,
): Buffer {
  const start = pid === undefined ? 0 : PREFIX_LENGTH;
  const sealed = Buffer.alloc(start + SHARED_KEY_FORM);
  if (pid !== undefined) sealed.writeUInt32LE(pid);
  sealed.set(ivRandom, start);
  sealed.writeUInt32LE(counter, start + IV_RANDOM_LENGTH);
  const iv = sealed.subarray(start, start + IV_LENGTH);
  const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_LENGTH });
  if (pid !== undefined) cipher.setAAD(sealed.subarray(0, PREFIX_LENGTH), { plaintextLength: FRAME_LENGTH });
  sealed.set(cipher.update(frame), start + IV_LENGTH);
  cipher.final();
  sealed.set(cipher.getAuthTag(), start + IV_LENGTH + FRAME_LENGTH);
  return sealed;
}

/** A frame that a key opened. */
export interface OpenedFrame {
  readonly frame: Buffer;
  /** The random part of the nonce, which identifies the session. */
  readonly ivRandom: string;
  readonly counter: number;
}

/** Opens a sealed frame; its length selects the form. Null when it was not sealed with this key. */
export function openFrame(key: Uint8Array, sealed: Buffer): OpenedFrame | null {
  const start = sealed.length - SHARED_KEY_FORM;
  const iv = sealed.subarray(start, start + IV_LENGTH);
  const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_LENGTH });
  if (start > 0) decipher.setAAD(sealed.subarray(0, start), { plaintextLength: FRAME_LENGTH });
  decipher.setAuthTag(sealed.subarray(start + IV_LENGTH + FRAME_LENGTH));
  const frame = decipher.update(sealed.subarray(start + IV_LENGTH, start + IV_LENGTH + FRAME_LENGTH));
  try {
    decipher.final();
  } catch {
    return null;
  }
  return {
    frame,
    ivRandom: iv.toString('latin1', 0, IV_RANDOM_LENGTH),
    counter: iv.readUInt32LE(IV_RANDOM_LENGTH),
  };
}

/** The pid at the start of a sealed frame in the master-key form. */
export function pidPrefix(sealed: Buffer): number {
  return sealed.readUInt32LE(0);
}

/** The key of one agent, from the master key. */
export function agentKey(masterKey: Uint8Array, pid: number): Buffer {
  return derive(masterKey, 'varta-agent-v1\0', u32(pid), KEY_LENGTH);
}

/** The random part of the nonce, derived with HKDF. The session salt is the input key; the salt of HKDF is empty. */
export function ivPrefix(sessionSalt: Uint8Array, index: number): Buffer {
  return derive(sessionSalt, 'varta-iv-prefix-v1\0', u32(index), IV_RANDOM_LENGTH);
}

/** The key of an epoch. Its use in the protocol is unknown; ringwire does not use it. */
export function epochKey(agent: Uint8Array, epoch: bigint): Buffer {
  const number = Buffer.alloc(8);
  number.writeBigUInt64LE(epoch);
  return derive(agent, 'varta-epoch-v1\0', number, KEY_LENGTH);
}

function derive(input: Uint8Array, label: string, context: Buffer, length: number): Buffer {
  const info = Buffer.concat([Buffer.from(label, 'latin1'), context]);
  return Buffer.from(hkdfSync('sha256', input, NO_SALT, info, length));
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
