/** Requests that the server refuses, while it serves others. No browser is involved. */
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ProcessControl } from '../../src/web/index.js';
import { ringwire } from '../cli/ringwire-command.js';
import { temporaryFolder } from '../temporary.js';
import { send, sendRaw, serve, withToken } from './requests.js';
import { startWeb } from './world.js';

const LONG_TOKEN = 'x'.repeat(40);

describe('the name in Host', () => {
  it.each(['127.0.0.1:1', 'localhost:9460', 'LOCALHOST', '[::1]:9460'])('%s is this server', async (host) => {
    const server = await serve();
    expect((await send(server, 'GET /api/session', { ...withToken(server), Host: host })).status).toBe(200);
  });

  it.each([
    'evil.example',
    'evil.example:9460',
    '127.0.0.1.evil.example',
    '192.168.0.7',
    'localhost@evil.example',
  ])('%s is refused, also with the token', async (host) => {
    const server = await serve();
    const { status, body } = await send(server, 'GET /api/session', { ...withToken(server), Host: host });
    expect([400, 403]).toContain(status);
    expect(body).not.toContain('actionKey');
  });

  it('is required once', async () => {
    const server = await serve();
    const twice = await send(server, 'GET /api/session', { ...withToken(server), host: 'evil.example' });
    expect(twice.status).toBe(400);
    expect((await send(server, 'GET /api/session', { ...withToken(server), Host: null })).status).not.toBe(
      200,
    );
  });

  it('may be an allowed name or any IP address where the server listens beyond the machine', async () => {
    const server = await serve({ host: '0.0.0.0', token: LONG_TOKEN, names: ['web.internal'] });
    const status = async (Host: string) =>
      (await send(server, 'GET /api/session', { ...withToken(server), Host })).status;
    expect(await status('web.internal:80')).toBe(200);
    expect(await status('192.168.0.7:80')).toBe(200);
    expect(await status('evil.example')).toBe(403);
  });
});

describe('a request of another origin', () => {
  it.each([
    { Origin: 'http://evil.example' },
    { Origin: 'null' },
    { Origin: 'http://127.0.0.1:1' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
  ])('with $Origin$Sec-Fetch-Site is refused, also with the token', async (headers) => {
    const server = await serve();
    const all = Object.fromEntries(Object.entries({ ...withToken(server), ...headers }).filter(([, v]) => v));
    const { status, body } = await send(server, 'GET /api/snapshot', all);
    expect(status).toBe(403);
    expect(body).not.toContain('channels');
  });

  it('is served when the origin is the server itself', async () => {
    const server = await serve();
    const own = { Origin: new URL(server.url).origin, 'Sec-Fetch-Site': 'same-origin' };
    expect((await send(server, 'GET /api/snapshot', { ...withToken(server), ...own })).status).toBe(200);
  });
});

describe('the token', () => {
  it.each([
    '/api/session',
    '/api/snapshot',
    '/api/events',
    '/api/channels/1/records',
    '/page.js',
    '/nothing',
  ])('is required for %s', async (path_) => {
    const server = await serve();
    expect((await send(server, `GET ${path_}`)).status).toBe(401);
    expect((await send(server, `GET ${path_}`, { Authorization: `Bearer ${LONG_TOKEN}` })).status).toBe(401);
    expect((await send(server, `GET ${path_}`, { Cookie: `ringwire=${server.token}` })).status).toBe(401);
  });

  it('becomes a cookie that scripts cannot read and other sites cannot send', async () => {
    const server = await serve();
    const { status, headers } = await send(server, `GET /?token=${server.token}`);
    expect(status).toBe(303);
    expect(headers).toMatch(/^location: \/$/im);
    const cookie = /^set-cookie: (.*)$/im.exec(headers)?.[1] ?? '';
    expect(cookie).toMatch(/^ringwire-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(server.token);
    const [pair = ''] = cookie.split(';');
    expect((await send(server, 'GET /api/session', { Cookie: pair })).status).toBe(200);
    expect((await send(server, 'GET /api/session', { Cookie: `a=b; ${pair}` })).status).toBe(200);
  });

  it('is asked for by a page without it, which sets no cookie', async () => {
    const server = await serve();
    const { status, headers, body } = await send(server, 'GET /?token=wrong');
    expect(status).toBe(401);
    expect(headers).not.toMatch(/set-cookie/i);
    expect(body).toContain('Token required');
    expect(body).not.toContain('wrong');
  });

  it('differs from server to server', async () => {
    expect((await serve()).token).not.toBe((await serve()).token);
  });

  it('appears in no output but the printed URL', async () => {
    const web = await startWeb(['--root', temporaryFolder()]);
    const token = web.url.searchParams.get('token') ?? '';
    expect(token).toMatch(/^[\w-]{43}$/);
    for (const target of [
      `/?token=${token}`,
      `/api/nothing?token=${token}`,
      `/api/channels/x/records?token=${token}`,
    ]) {
      const answer = await fetch(new URL(target, web.url), {
        redirect: 'manual',
        headers: { Authorization: `Bearer ${token}` },
      });
      expect(await answer.text()).not.toContain(token);
      for (const [, value] of answer.headers) expect(value).not.toContain(token);
    }
    expect(await web.stop()).toBe(143);
    expect(web.errors()).toBe('');
  });
});

describe('an action', () => {
  const target = 'POST /api/processes/api/restart';
  const serveWithManager = () => serve({ processes: new ProcessControl('/nowhere/manager.sock') });

  it('needs more than the cookie that a browser sends by itself', async () => {
    const server = await serveWithManager();
    const { headers } = await send(server, `GET /?token=${server.token}`);
    const Cookie = /^set-cookie: ([^;]*)/im.exec(headers)?.[1] ?? '';
    expect((await send(server, target, { Cookie })).status).toBe(403);
    expect((await send(server, target, { Cookie, 'X-Ringwire-Action': 'guessed' })).status).toBe(403);
    const session = JSON.parse((await send(server, 'GET /api/session', { Cookie })).body) as {
      actionKey: string;
    };
    // The manager does not exist: the action was admitted, and failed.
    const { status, body } = await send(server, target, { Cookie, 'X-Ringwire-Action': session.actionKey });
    expect(status).toBe(409);
    expect(body).toContain('NO_SERVER');
    expect((await send(server, target, withToken(server))).status).toBe(409);
  });

  it('is never done by GET', async () => {
    const server = await serveWithManager();
    expect((await send(server, target.replace('POST', 'GET'), withToken(server))).status).toBe(405);
  });

  it('does not exist with readOnly', async () => {
    const server = await serve({ readOnly: true, processes: new ProcessControl('/nowhere/manager.sock') });
    expect((await send(server, target, withToken(server))).status).toBe(404);
    expect((await send(server, 'GET /api/session', withToken(server))).body).toContain('"actionKey":null');
  });
});

describe('a path', () => {
  it.each([
    '/../package.json',
    '/..%2f..%2fpackage.json',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/page.js/../../../package.json',
    '//etc/passwd',
    '/page.css%00.html',
    '/api/channels/..%2f..%2fetc/records',
    '/api/channels/99999999999999999999/records',
    '/api/channels/-1/records',
  ])('%s reaches no file', async (target) => {
    const server = await serve();
    const { status, body } = await send(server, `GET ${target}`, withToken(server));
    expect([400, 404]).toContain(status);
    expect(body).not.toMatch(/root:|"name": "ringwire"/);
  });

  it('that is not encoded correctly is refused', async () => {
    const server = await serve();
    expect((await send(server, 'GET /api/processes/%E0%A4%A/log', withToken(server))).status).toBe(400);
  });
});

describe('headers', () => {
  it('of the client never become headers of the answer', async () => {
    const server = await serve();
    for (const target of [
      '/?token=%0d%0aSet-Cookie:%20a=b',
      '/api/channels/1%0d%0aX-Injected:%20yes/records',
    ]) {
      const { headers } = await send(server, `GET ${target}`, withToken(server));
      expect(headers).not.toMatch(/^(set-cookie: a=b|x-injected)/im);
    }
    const { status } = await sendRaw(server, `GET / HTTP/1.1\r\nHost: x\r\nBad\u0000Name: y\r\n\r\n`);
    expect(status).not.toBe(200);
  });

  it('that smuggle a second request are refused', async () => {
    const server = await serve();
    const { host } = new URL(server.url);
    const smuggled = `GET /api/session HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${server.token}\r\n\r\n`;
    const { body } = await sendRaw(
      server,
      `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    );
    expect(body).not.toContain('actionKey');
  });

  it('that are longer than 8 KiB are refused', async () => {
    const server = await serve();
    expect((await send(server, `GET /${'a'.repeat(20_000)}`, withToken(server))).status).not.toBe(200);
    expect(
      (await send(server, 'GET /api/session', { ...withToken(server), X: 'a'.repeat(20_000) })).status,
    ).not.toBe(200);
  });

  it('of every answer forbid scripts, frames and storage elsewhere', async () => {
    const server = await serve();
    for (const target of ['/', '/page.js', '/api/snapshot', '/api/nothing']) {
      const { headers } = await send(server, `GET ${target}`, withToken(server));
      expect(headers).toMatch(/^content-security-policy: default-src 'none'; script-src 'self';/im);
      expect(headers).not.toContain('unsafe');
      expect(headers).toMatch(/^x-frame-options: DENY$/im);
      expect(headers).toMatch(/^x-content-type-options: nosniff$/im);
      expect(headers).toMatch(/^cache-control: no-store$/im);
      expect(headers).not.toMatch(/^access-control-/im);
    }
  });
});

describe('a body', () => {
  const megabytes = Buffer.alloc(10_000_000, 'a');

  it.each([
    `Content-Length: ${megabytes.length}`,
    'Transfer-Encoding: chunked',
    `Content-Length: ${megabytes.length}\r\nExpect: 100-continue`,
  ])('of 10 MB is refused (%s), and others are served', async (header) => {
    const server = await serve();
    const { host } = new URL(server.url);
    const head = `POST /api/processes/a/stop HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${server.token}\r\n${header}\r\n\r\n`;
    const { status } = await sendRaw(server, Buffer.concat([Buffer.from(head), megabytes]));
    // A client that still sends when the connection is closed may lose the answer.
    expect([413, 0]).toContain(status);
    expect((await send(server, 'GET /api/session', withToken(server))).status).toBe(200);
  });
});

describe('slow clients', () => {
  it('500 of them that send half a request do not keep others out', async () => {
    const server = await serve();
    const { port } = new URL(server.url);
    const sockets = await Promise.all(
      Array.from({ length: 500 }, async () => {
        const socket = net.connect(Number(port), '127.0.0.1').on('error', () => {});
        await once(socket, 'connect');
        socket.write('GET / HTTP/1.1\r\nHost: ');
        return socket.resume();
      }),
    );
    // The oldest make room for the newest.
    const [oldest, newest] = [sockets[0], sockets[499]];
    await expect.poll(() => oldest?.closed).toBe(true);
    expect(newest?.closed).toBe(false);
    expect((await send(server, 'GET /api/session', withToken(server))).status).toBe(200);
    // All of them are disconnected after a while.
    // `close` also follows an error.
    await Promise.all(
      sockets.map((socket) => socket.closed || new Promise((resolve) => socket.once('close', resolve))),
    );
    expect((await send(server, 'GET /api/session', withToken(server))).status).toBe(200);
  });
});

describe('listening beyond the machine', () => {
  const web = (...args: string[]) => ringwire(['web', '--root', temporaryFolder(), ...args]);

  it.each(['0.0.0.0:0', '[::]:0', '192.0.2.1:9460'])(
    'on %s requires a token file or TLS',
    async (address) => {
      const { code, stderr } = await web('--listen', address);
      expect(code).toBe(2);
      expect(stderr).toContain('requires --token-file, or --cert and --key');
    },
  );

  it('refuses a token file that others can read, and a short token', async () => {
    const file = path.join(temporaryFolder(), 'token');
    fs.writeFileSync(file, LONG_TOKEN, { mode: 0o644 });
    expect((await web('--listen', '0.0.0.0:0', '--token-file', file)).stderr).toContain('chmod 600');
    fs.writeFileSync(file, 'short');
    fs.chmodSync(file, 0o600);
    expect((await web('--listen', '0.0.0.0:0', '--token-file', file)).stderr).toContain(
      'at least 32 characters',
    );
  });

  it('refuses a certificate without a key', async () => {
    expect((await web('--cert', 'cert.pem')).stderr).toContain('--cert and --key belong together');
  });
});
