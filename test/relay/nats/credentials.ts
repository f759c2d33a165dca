/** An operator, an account with JetStream, and a user of it: JSON web tokens signed with nkeys, as `nsc` makes them. */
import { type Authenticator, credsAuthenticator, nkeys } from '@nats-io/transport-node';

type KeyPair = ReturnType<typeof nkeys.createUser>;

export interface AccountCredentials {
  /** Lines of the configuration of a server that trusts the operator. */
  readonly server: string;
  /** Text of the credentials file of the user. */
  readonly credentials: string;
  readonly authenticator: Authenticator;
  readonly jwt: string;
  readonly seed: string;
}

const UNLIMITED = { subs: -1, data: -1, payload: -1 };
const ACCOUNT = { ...UNLIMITED, conn: -1, leaf: -1, imports: -1, exports: -1, wildcards: true };
const JETSTREAM_ACCOUNT = {
  ...ACCOUNT,
  mem_storage: -1,
  disk_storage: -1,
  streams: -1,
  consumer: -1,
};

export function accountCredentials(): AccountCredentials {
  const [operator, system] = [nkeys.createOperator(), nkeys.createAccount()];
  const [account, user] = [nkeys.createAccount(), nkeys.createUser()];
  const operatorToken = token(operator, operator, 'operator', {});
  const accountToken = token(operator, account, 'account', { limits: JETSTREAM_ACCOUNT });
  const systemToken = token(operator, system, 'account', { limits: ACCOUNT });
  const accounts = `${account.getPublicKey()}: ${accountToken}, ${system.getPublicKey()}: ${systemToken}`;
  const jwt = token(account, user, 'user', { pub: {}, sub: {}, ...UNLIMITED });
  const seed = new TextDecoder().decode(user.getSeed());
  const credentials = [
    '-----BEGIN NATS USER JWT-----',
    jwt,
    '------END NATS USER JWT------',
    '',
    '-----BEGIN USER NKEY SEED-----',
    seed,
    '------END USER NKEY SEED------',
    '',
  ].join('\n');
  return {
    server: [
      `operator: ${operatorToken}`,
      `system_account: ${system.getPublicKey()}`,
      'resolver: MEMORY',
      `resolver_preload: { ${accounts} }`,
    ].join('\n'),
    credentials,
    authenticator: credsAuthenticator(new TextEncoder().encode(credentials)),
    jwt,
    seed,
  };
}

function token(issuer: KeyPair, subject: KeyPair, type: string, nats: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const sub = subject.getPublicKey();
  const claims = {
    jti: sub,
    iat: Math.floor(Date.now() / 1000),
    iss: issuer.getPublicKey(),
    name: type,
    sub,
    nats: { ...nats, type, version: 2 },
  };
  const text = `${part({ typ: 'JWT', alg: 'ed25519-nkey' })}.${part(claims)}`;
  return `${text}.${Buffer.from(issuer.sign(Buffer.from(text))).toString('base64url')}`;
}
