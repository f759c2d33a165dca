/** The clients of the engines are optional packages: each is loaded by its relay alone, and a missing one is named. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../child.js';
import { REPOSITORY } from '../docs/documents.js';
import { memoryFolder } from '../temporary.js';
import { logSource, SOURCE } from './relay-under-test.js';

const RELAYS = {
  relayToJetStream: {
    client: '@nats-io',
    options: { servers: 'nats://127.0.0.1:1', stream: 'S', subject: 's' },
  },
  publishToNats: { client: '@nats-io', options: { servers: 'nats://127.0.0.1:1', subject: 's' } },
  relayToRedis: { client: 'ioredis', options: { server: 'redis://127.0.0.1:1', stream: 's' } },
};
const CLIENTS = ['@nats-io', 'ioredis'];

/** A folder in which the package is installed with its required dependencies, or with the clients of the engines as well. */
function installation(withClients: boolean): string {
  const modules = path.join(memoryFolder(), 'node_modules');
  const installed = path.join(modules, 'ringwire');
  fs.mkdirSync(installed, { recursive: true });
  fs.cpSync(path.join(REPOSITORY, 'dist'), path.join(installed, 'dist'), { recursive: true });
  fs.copyFileSync(path.join(REPOSITORY, 'package.json'), path.join(installed, 'package.json'));
  const { dependencies } = createRequire(import.meta.url)('../../package.json') as { dependencies: object };
  for (const name of [...Object.keys(dependencies), ...(withClients ? CLIENTS : [])]) {
    fs.mkdirSync(path.dirname(path.join(modules, name)), { recursive: true });
    fs.symlinkSync(path.join(REPOSITORY, 'node_modules', name), path.join(modules, name));
  }
  return path.dirname(modules);
}

/** Runs a relay until it fails or reports a fault. @returns its error, and the packages that are loaded then */
async function relayIn(folder: string, name: string, options: object) {
  const root = memoryFolder();
  logSource(root, 1);
  const file = path.join(folder, `${name}.mjs`);
  fs.writeFileSync(
    file,
    `import { Module } from 'node:module';
import * as relays from 'ringwire/relay';
const stop = new AbortController();
const options = { ...${JSON.stringify({ root, channelId: SOURCE, ...options })}, signal: stop.signal };
const onProgress = ({ fault }) => fault === null || stop.abort();
const error = await relays.${name}({ ...options, onProgress }).then(() => null, (reason) => reason);
console.log(JSON.stringify({ code: error?.code, message: error?.message, loaded: Object.keys(Module._cache) }));`,
  );
  const { stdout, stderr } = await run(process.execPath, [file]);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as { code?: string; message?: string; loaded: string[] };
}

it.each(Object.entries(RELAYS))(
  '%s names its client when it is not installed',
  async (name, { client, options }) => {
    const { code, message } = await relayIn(installation(false), name, options);
    expect(code).toBe('ENGINE_UNAVAILABLE');
    expect(message).toMatch(`npm install ${client}`);
  },
);

it.each(Object.entries(RELAYS))('%s loads no client but its own', async (name, { client, options }) => {
  const { code, loaded } = await relayIn(installation(true), name, options);
  expect(code).toBeUndefined();
  const found = CLIENTS.filter((each) => loaded.some((file) => file.includes(`/node_modules/${each}/`)));
  expect(found).toEqual([client]);
});
