/** The server over TLS. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { expect, it } from 'vitest';
import { MAX_CONNECTIONS } from '../../src/web/server/web-server.js';
import { temporaryFolder } from '../temporary.js';
import { serve } from './requests.js';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
if (!hasOpenssl) process.stderr.write('skipped: the test of TLS makes a certificate with openssl\n');

function certificate(): { cert: Buffer; key: Buffer } {
  const folder = temporaryFolder();
  const [cert, key] = ['cert.pem', 'key.pem'].map((name) => path.join(folder, name)) as [string, string];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const { status, stderr } = spawnSync('openssl', [
    ...['req', ...kind, '-subj', '/CN=localhost'],
    ...['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-keyout', key, '-out', cert],
  ]);
  expect(status, String(stderr)).toBe(0);
  return { cert: fs.readFileSync(cert), key: fs.readFileSync(key) };
}

it.runIf(hasOpenssl)('sets a secure cookie, and strangers do not shut out a browser', async () => {
  const tls = certificate();
  const server = await serve({ host: '0.0.0.0', tls });
  const { port, protocol } = new URL(server.url);
  expect(protocol).toBe('https:');
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
  const get = async (target: string, headers: Record<string, string> = {}) => {
    const options = { host: '127.0.0.1', port, path: target, ca: tls.cert, agent, headers };
    const request = https.get(options);
    const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
    response.resume();
    await once(response, 'end');
    return response;
  };
  const { statusCode, headers } = await get(`/?token=${server.token}`);
  expect(statusCode).toBe(303);
  const cookie = headers['set-cookie']?.[0] ?? '';
  expect(cookie).toMatch(/; Secure$/);
  const Cookie = cookie.split(';')[0] ?? '';
  expect((await get('/api/session', { Cookie })).statusCode).toBe(200);
  expect((await get('/api/session', { Cookie, Origin: `http://127.0.0.1:${port}` })).statusCode).toBe(403);

  // A stream that was admitted outlives any number of connections that never shake hands.
  const request = https.get({
    host: '127.0.0.1',
    port,
    path: '/api/events',
    ca: tls.cert,
    headers: { Cookie },
  });
  const [events] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
  const strangers: net.Socket[] = [];
  for (let i = 0; i < MAX_CONNECTIONS + 20; i++) {
    const socket = net.connect(Number(port), '127.0.0.1').on('error', () => {});
    strangers.push(socket.resume());
    await once(socket, 'connect');
  }
  await expect.poll(() => strangers.filter(({ closed }) => closed).length).toBeGreaterThan(0);
  let snapshots = 0;
  events.setEncoding('utf8').on('data', (text: string) => {
    snapshots += text.includes('event: snapshot') ? 1 : 0;
  });
  const before = snapshots;
  await expect.poll(() => snapshots).toBeGreaterThan(before + 1);
  for (const socket of strangers) socket.destroy();
  events.destroy();
  agent.destroy();
});
