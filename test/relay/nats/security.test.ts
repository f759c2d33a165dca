/** Authentication and TLS against real servers: accepted, refused, and no secret in any text. */
import fs from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';
import { type NodeConnectionOptions, nkeys } from '@nats-io/transport-node';
import { expect, it } from 'vitest';
import { type JetStreamSendOptions, type NatsServers, relayToJetStream } from '../../../src/relay/index.js';
import { ringwire } from '../../cli/ringwire-command.js';
import { memoryFolder, temporaryFolder } from '../../temporary.js';
import { authority, hasOpenssl } from '../authority.js';
import { logSource, SOURCE } from '../relay-under-test.js';
import { accountCredentials } from './credentials.js';
import { itWithNats, NatsServer } from './nats-server.js';

const RECORDS = 10;
const SECRET = 'a-secret-of-this-test';

interface Method {
  /** Lines of the configuration of the server. */
  readonly server: string;
  /** How the test itself connects. */
  readonly client: NodeConnectionOptions;
  /** What must not be in any text. */
  readonly secrets: readonly string[];
  readonly right: Credentials;
  readonly wrong: Credentials;
}

/** The same credentials as options, on the command line, and in the environment. */
interface Credentials {
  readonly options: NatsServers;
  readonly line: readonly string[];
  readonly environment: Record<string, string>;
}

function file(text: string): string {
  const name = path.join(temporaryFolder(), 'secret');
  fs.writeFileSync(name, text);
  return name;
}

const METHODS: Record<string, () => Method> = {
  'a token': () => {
    const given = (token: string): Credentials => {
      const tokenFile = file(`${token}\n`);
      return {
        options: { tokenFile },
        line: ['--token-file', tokenFile],
        environment: { NATS_TOKEN: token },
      };
    };
    return {
      server: `authorization { token: "${SECRET}" }`,
      client: { token: SECRET },
      secrets: [SECRET, `${SECRET}-wrong`],
      right: given(SECRET),
      wrong: given(`${SECRET}-wrong`),
    };
  },
  'a user and a password': () => {
    const given = (password: string): Credentials => {
      const passwordFile = file(`${password}\n`);
      return {
        options: { user: 'ada', passwordFile },
        line: ['--user', 'ada', '--password-file', passwordFile],
        environment: { NATS_USER: 'ada', NATS_PASSWORD: password },
      };
    };
    return {
      server: `authorization { user: ada, password: "${SECRET}" }`,
      client: { user: 'ada', pass: SECRET },
      secrets: [SECRET, `${SECRET}-wrong`],
      right: given(SECRET),
      wrong: given(`${SECRET}-wrong`),
    };
  },
  'an nkey': () => {
    const [user, other] = [nkeys.createUser(), nkeys.createUser()];
    const text = (pair: typeof user) => new TextDecoder().decode(pair.getSeed());
    const given = (pair: typeof user): Credentials => {
      const nkeyFile = file(`${text(pair)}\n`);
      return { options: { nkeyFile }, line: ['--nkey', nkeyFile], environment: { NATS_NKEY: nkeyFile } };
    };
    return {
      server: `authorization { users: [{ nkey: ${user.getPublicKey()} }] }`,
      client: {
        authenticator: (nonce) => ({
          nkey: user.getPublicKey(),
          sig: Buffer.from(user.sign(Buffer.from(nonce ?? ''))).toString('base64url'),
        }),
      },
      secrets: [text(user), text(other)],
      right: given(user),
      wrong: given(other),
    };
  },
  'a credentials file': () => {
    const [right, wrong] = [accountCredentials(), accountCredentials()];
    const given = (text: string): Credentials => {
      const credentialsFile = file(text);
      return {
        options: { credentialsFile },
        line: ['--creds', credentialsFile],
        environment: { NATS_CREDS: credentialsFile },
      };
    };
    return {
      server: right.server,
      client: { authenticator: right.authenticator },
      secrets: [right.seed, right.jwt, wrong.seed, wrong.jwt],
      right: given(right.credentials),
      wrong: given(wrong.credentials),
    };
  },
};

function to(root: string, server: NatsServer): JetStreamSendOptions {
  return { root, channelId: SOURCE, servers: server.url, stream: 'RECORDS', subject: 'records.a' };
}

/** The error with its causes and every property, as text. */
async function refusal(relay: Promise<unknown>): Promise<{ error: unknown; text: string }> {
  const error = await relay.then(
    () => expect.unreachable('the relay was accepted'),
    (reason: unknown) => reason,
  );
  return { error, text: inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true }) };
}

itWithNats.for(Object.entries(METHODS))(
  '%s from a file or the environment is accepted, a wrong one is refused, none is in any text',
  async ([, make]) => {
    const { server: configuration, client, secrets, right, wrong } = make();
    const server = await NatsServer.start(configuration, client);
    await server.addStream();
    const root = memoryFolder();
    logSource(root, RECORDS);
    const given = to(root, server);
    const denied = await refusal(relayToJetStream({ ...given, ...wrong.options }));
    expect(denied.error).toMatchObject({ code: 'ACCESS_DENIED' });
    const missing = await refusal(relayToJetStream(given));
    expect(missing.error).toMatchObject({ code: 'ACCESS_DENIED' });
    const accepted = await relayToJetStream({ ...given, ...right.options });
    expect(accepted).toMatchObject({ acknowledged: RECORDS, fault: null });

    const line = ['relay', String(SOURCE), `${server.url}/RECORDS/records.a`, '-r', root, '--json'];
    const runs = [
      { run: await ringwire([...line, ...right.line]), code: 0 },
      { run: await ringwire(line, { env: right.environment }), code: 0 },
      { run: await ringwire([...line, ...wrong.line]), code: 1 },
      { run: await ringwire(line, { env: wrong.environment }), code: 1 },
    ];
    for (const { run, code } of runs) {
      if (code === 0) expect(JSON.parse(run.stdout), run.stderr).toMatchObject({ acknowledged: RECORDS });
      else expect(run.stderr).toMatch(/ACCESS_DENIED/);
    }
    const texts = [denied.text, missing.text, ...runs.map(({ run }) => run.stdout + run.stderr)];
    for (const secret of secrets) {
      for (const text of texts) expect(text).not.toContain(secret);
      expect([...line, ...right.line, ...wrong.line].join(' ')).not.toContain(secret);
    }
  },
);

it('the command has no option that takes a secret', async () => {
  for (const option of ['--token', '--password', '--seed', '--pass']) {
    const { code, stderr } = await ringwire(['relay', '1', 'nats://a/S/b', option, SECRET]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/unknown option/);
    expect(stderr).not.toContain(SECRET);
  }
});

it('a file of secrets or certificates that does not exist is an error with its name', async () => {
  const root = memoryFolder();
  logSource(root, 1);
  const missing = path.join(root, 'none');
  const options = { root, channelId: SOURCE, stream: 'S', subject: 's', servers: 'nats://127.0.0.1:1' };
  for (const name of ['credentialsFile', 'nkeyFile', 'tokenFile'] as const) {
    await expect(relayToJetStream({ ...options, [name]: missing })).rejects.toMatchObject({
      code: 'COULD_NOT_ACCESS_STORAGE',
      message: expect.stringContaining(missing),
    });
  }
  for (const name of ['caFile', 'certFile', 'keyFile'] as const) {
    await expect(relayToJetStream({ ...options, tls: { [name]: missing } })).rejects.toMatchObject({
      code: 'COULD_NOT_ACCESS_STORAGE',
      message: expect.stringContaining(missing),
    });
  }
});

itWithNats('a file that holds no credentials is an error that does not show it', async () => {
  const server = await NatsServer.start();
  await server.addStream();
  const root = memoryFolder();
  logSource(root, 1);
  for (const name of ['credentialsFile', 'nkeyFile'] as const) {
    const { error, text } = await refusal(relayToJetStream({ ...to(root, server), [name]: file(SECRET) }));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(text).not.toContain(SECRET);
  }
});

/** The client of the test takes `localhost` for the name of a server that is given by its address. */
const NAMES = 'IP:127.0.0.1,DNS:localhost';
const itWithTls = hasOpenssl ? itWithNats : it.skip;

itWithTls(
  'a server with a certificate is trusted by the authority that signed it, and by no other',
  async () => {
    const ours = authority();
    const { cert, key } = ours.certificate('server', NAMES);
    const tls = { caFile: ours.caFile };
    const server = await NatsServer.start(`tls { cert_file: "${cert}", key_file: "${key}" }`, { tls });
    await server.addStream();
    const root = memoryFolder();
    logSource(root, RECORDS);
    const given = to(root, server);
    const denied = { code: 'ACCESS_DENIED' };
    await expect(relayToJetStream(given)).rejects.toMatchObject(denied);
    const strange = { tls: { caFile: authority().caFile } };
    await expect(relayToJetStream({ ...given, ...strange })).rejects.toMatchObject(denied);
    const secured = server.url.replace('nats:', 'tls:');
    await expect(relayToJetStream({ ...given, servers: secured })).rejects.toMatchObject(denied);
    expect(await relayToJetStream({ ...given, servers: secured, tls })).toMatchObject({
      acknowledged: RECORDS,
    });
    expect(await relayToJetStream({ ...given, tls })).toMatchObject({ acknowledged: RECORDS });
    const line = [
      'relay',
      String(SOURCE),
      `${secured}/RECORDS/records.a`,
      '-r',
      root,
      '--tls-ca',
      ours.caFile,
    ];
    const { code, stderr } = await ringwire(line);
    expect(code, stderr).toBe(0);
  },
);

itWithTls.for(['DNS:elsewhere.example', 'DNS:localhost', 'IP:127.0.0.2'])(
  'a certificate for %s is refused for 127.0.0.1',
  async (name) => {
    const ours = authority();
    const { cert, key } = ours.certificate('server', name);
    const server = await NatsServer.start(`tls { cert_file: "${cert}", key_file: "${key}" }`);
    const root = memoryFolder();
    logSource(root, 1);
    const relay = relayToJetStream({ ...to(root, server), tls: { caFile: ours.caFile } });
    await expect(relay).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
  },
);

itWithTls(
  'a server that verifies clients takes the certificate of this one, and nothing without it',
  async () => {
    const ours = authority();
    const { cert, key } = ours.certificate('server', NAMES);
    const client = ours.certificate('client', 'DNS:client.example');
    const tls = { caFile: ours.caFile, certFile: client.cert, keyFile: client.key };
    const server = await NatsServer.start(
      `tls { cert_file: "${cert}", key_file: "${key}", ca_file: "${ours.caFile}", verify: true }`,
      { tls },
    );
    await server.addStream();
    const root = memoryFolder();
    logSource(root, RECORDS);
    const given = to(root, server);
    await expect(relayToJetStream({ ...given, tls: { caFile: ours.caFile } })).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
    });
    expect(await relayToJetStream({ ...given, tls })).toMatchObject({ acknowledged: RECORDS });
  },
);

itWithTls(
  'encryption that the server does not offer is refused, by tls and by a tls:// address',
  async () => {
    const server = await NatsServer.start();
    await server.addStream();
    const root = memoryFolder();
    logSource(root, 1);
    const given = to(root, server);
    const denied = { code: 'ACCESS_DENIED', message: expect.stringMatching(/TLS/i) };
    const relay = relayToJetStream({ ...given, tls: { caFile: authority().caFile } });
    await expect(relay).rejects.toMatchObject(denied);
    const secured = { servers: server.url.replace('nats:', 'tls:') };
    await expect(relayToJetStream({ ...given, ...secured })).rejects.toMatchObject(denied);
  },
);
