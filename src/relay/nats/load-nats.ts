/** Loading the client of NATS: optional packages, which only a relay over NATS needs. */
import { RingwireError } from '../../platform/index.js';

type Transport = typeof import('@nats-io/transport-node');
type JetStream = typeof import('@nats-io/jetstream');

const PACKAGES = '@nats-io/transport-node@3 @nats-io/jetstream@3';

/** @throws RingwireError `ENGINE_UNAVAILABLE` when the package does not load */
export function loadTransport(): Promise<Transport> {
  return load(() => import('@nats-io/transport-node'));
}

/** @throws RingwireError `ENGINE_UNAVAILABLE` when the package does not load */
export function loadJetStream(): Promise<JetStream> {
  return load(() => import('@nats-io/jetstream'));
}

async function load<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw new RingwireError(
      'ENGINE_UNAVAILABLE',
      `the client of NATS does not load: install it with "npm install ${PACKAGES}"`,
      { cause },
    );
  }
}
