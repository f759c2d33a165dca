import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import {
  agentKey,
  epochKey,
  ivPrefix,
  openFrame,
  readKeyFile,
  sealFrame,
} from '../../../src/health/index.js';
import { SecureSession } from '../../../src/health/secure/secure-session.js';
import { temporaryFolder } from '../../temporary.js';
import { readJson, vectorsFolder } from '../../vectors.js';

interface SecureVector {
  readonly id: string;
  readonly kind: string;
  readonly key_hex?: string;
  readonly master_key_hex?: string;
  readonly agent_pid?: number;
  readonly derived_agent_key_hex?: string;
  readonly iv_random_hex?: string;
  readonly iv_counter?: number;
  readonly plaintext_hex?: string;
  readonly expected_wire_hex?: string;
  readonly agent_id?: number;
  readonly expected_okm_hex?: string;
  readonly session_salt_hex?: string;
  readonly prefix_index?: number;
  readonly expected_iv_prefix_hex?: string;
  readonly agent_key_hex?: string;
  readonly epoch?: string;
}

const folder = vectorsFolder('vlp');
const bytes = (hex: string | undefined) => Buffer.from(hex ?? '', 'hex');

test('sealed frames and derived keys equal those of varta', () => {
  const { secure_frame_vectors: vectors } = readJson<{
    secure_frame_vectors: SecureVector[];
  }>(path.join(folder, 'conformance-v0.2.json'));
  expect(vectors).toHaveLength(5);
  for (const vector of vectors) {
    const { id, kind } = vector;
    const plaintext = bytes(vector.plaintext_hex);
    const iv = bytes(vector.iv_random_hex);
    switch (kind) {
      case 'shared_key_seal': {
        const key = bytes(vector.key_hex);
        const sealed = sealFrame(key, iv, vector.iv_counter ?? 0, plaintext);
        expect(sealed.toString('hex'), id).toBe(vector.expected_wire_hex);
        expect(openFrame(key, sealed)?.frame, id).toEqual(plaintext);
        break;
      }
      case 'master_key_seal': {
        const key = agentKey(bytes(vector.master_key_hex), vector.agent_pid ?? 0);
        expect(key.toString('hex'), id).toBe(vector.derived_agent_key_hex);
        const sealed = sealFrame(key, iv, vector.iv_counter ?? 0, plaintext, vector.agent_pid ?? 0);
        expect(sealed.toString('hex'), id).toBe(vector.expected_wire_hex);
        expect(openFrame(key, sealed)?.frame, id).toEqual(plaintext);
        break;
      }
      case 'kdf_agent_key':
        expect(agentKey(bytes(vector.master_key_hex), Number(vector.agent_id)).toString('hex'), id).toBe(
          vector.expected_okm_hex,
        );
        break;
      case 'kdf_iv_prefix':
        expect(
          ivPrefix(bytes(vector.session_salt_hex), Number(vector.prefix_index)).toString('hex'),
          id,
        ).toBe(vector.expected_iv_prefix_hex);
        break;
      case 'kdf_epoch_key':
        expect(epochKey(bytes(vector.agent_key_hex), BigInt(vector.epoch ?? 0)).toString('hex'), id).toBe(
          vector.expected_okm_hex,
        );
        break;
      default:
        throw new Error(`unknown kind of vector: ${kind}`);
    }
  }
});

test('a sealed frame with any changed byte, or under another key, does not open', () => {
  const key = Buffer.alloc(32, 1);
  const frame = Buffer.alloc(32, 7);
  for (const sealed of [
    sealFrame(key, Buffer.alloc(8), 0, frame),
    sealFrame(key, Buffer.alloc(8), 0, frame, 9),
  ]) {
    expect(openFrame(key, sealed)?.frame).toEqual(frame);
    expect(openFrame(Buffer.alloc(32, 2), sealed)).toBeNull();
    for (let i = 0; i < sealed.length; i++) {
      const changed = Buffer.from(sealed);
      changed[i] = (changed[i] as number) ^ 1;
      expect(openFrame(key, changed), `byte ${i}`).toBeNull();
    }
  }
});

test('a session uses a nonce once, and again only for a frame that was not sent', () => {
  const session = new SecureSession({ sharedKey: Buffer.alloc(32, 1) }, 7);
  const frame = Buffer.alloc(32);
  const nonces = new Set<string>();
  for (let i = 0; i < 1000; i++) {
    const nonce = session.seal(frame).toString('hex', 0, 12);
    expect(session.seal(frame).toString('hex', 0, 12)).toBe(nonce);
    nonces.add(nonce);
    session.advance();
  }
  expect(nonces.size).toBe(1000);
  const other = new SecureSession({ sharedKey: Buffer.alloc(32, 1) }, 7);
  expect(nonces.has(other.seal(frame).toString('hex', 0, 12))).toBe(false);
});

test('a key file must be a regular file that only its owner can access, with 64 hexadecimal digits', () => {
  const root = temporaryFolder();
  const file = path.join(root, 'key');
  const hex = '0f'.repeat(32);
  const refusal = (name = file): string => {
    try {
      readKeyFile(name);
    } catch (error) {
      expect(error).toMatchObject({ code: 'INVALID_KEY' });
      return (error as Error).message;
    }
    return 'accepted';
  };
  fs.writeFileSync(file, `${hex}\n`, { mode: 0o600 });
  expect(readKeyFile(file).toString('hex')).toBe(hex);
  fs.chmodSync(file, 0o640);
  expect(refusal()).toContain('chmod 600');
  fs.chmodSync(file, 0o600);
  fs.symlinkSync(file, path.join(root, 'link'));
  expect(refusal(path.join(root, 'link'))).toContain('ELOOP');
  expect(refusal(path.join(root, 'missing'))).toContain('ENOENT');
  expect(refusal(root)).toContain('not a regular file');
  for (const text of ['', hex.slice(1), `${hex}00`, 'zz'.repeat(32)]) {
    fs.writeFileSync(file, text);
    expect(refusal(), text).toContain('64 hexadecimal digits');
  }
});
