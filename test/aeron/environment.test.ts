/** Options from environment variables of the original. */
import { afterEach, expect, test, vi } from 'vitest';
import { resolveAeronOptions } from '../../src/aeron/client/client-options.js';
import { resolveDriverOptions } from '../../src/aeron/driver/resolve-driver-options.js';

afterEach(() => vi.unstubAllEnvs());

test.each([
  ['AERON_DRIVER_TIMEOUT', '1500', 'driverTimeoutMs', 1500],
  ['AERON_DRIVER_TIMEOUT', '2s', 'driverTimeoutMs', 2000],
  ['AERON_CLIENT_NAME', 'prices', 'clientName', 'prices'],
  ['AERON_CLIENT_IDLE_SLEEP_DURATION', '2500us', 'idleSleepMs', 3],
  ['AERON_CLIENT_RESOURCE_LINGER_DURATION', '1000000', 'resourceLingerMs', 1],
  ['AERON_CLIENT_PRE_TOUCH_MAPPED_MEMORY', 'true', 'preTouch', true],
])('the client takes %s=%s', (variable, text, name, value) => {
  vi.stubEnv(variable, text);
  expect(resolveAeronOptions({})).toMatchObject({ [name]: value });
  vi.stubEnv(variable, '');
  expect(resolveAeronOptions({})).not.toMatchObject({ [name]: value });
});

test.each([
  ['AERON_IPC_TERM_BUFFER_LENGTH', '64k', 'termLength', 65_536],
  ['AERON_IPC_MTU_LENGTH', '8k', 'mtu', 8192],
  ['AERON_IPC_PUBLICATION_TERM_WINDOW_LENGTH', '1m', 'publicationWindow', 2 ** 20],
  ['AERON_CONDUCTOR_BUFFER_LENGTH', '2m', 'toDriverLength', 2 ** 21],
  ['AERON_CLIENTS_BUFFER_LENGTH', '4M', 'toClientsLength', 2 ** 22],
  ['AERON_COUNTERS_BUFFER_LENGTH', '1m', 'counterValuesLength', 2 ** 20],
  ['AERON_ERROR_BUFFER_LENGTH', '64k', 'errorLogLength', 65_536],
  ['AERON_TIMER_INTERVAL', '500ms', 'timerIntervalMs', 500],
  ['AERON_CLIENT_LIVENESS_TIMEOUT', '5s', 'clientLivenessTimeoutMs', 5000],
  ['AERON_PUBLICATION_UNBLOCK_TIMEOUT', '20s', 'publicationUnblockTimeoutMs', 20_000],
  ['AERON_DRIVER_TIMEOUT', '3000', 'driverTimeoutMs', 3000],
  ['AERON_IMAGE_LIVENESS_TIMEOUT', '1s', 'imageLivenessTimeoutMs', 1000],
  ['AERON_PUBLICATION_LINGER_TIMEOUT', '0', 'lingerMs', 0],
  ['AERON_COUNTERS_FREE_TO_REUSE_TIMEOUT', '2s', 'counterReuseMs', 2000],
  ['AERON_UNTETHERED_WINDOW_LIMIT_TIMEOUT', '6s', 'untetheredLingerMs', 6000],
  ['AERON_UNTETHERED_LINGER_TIMEOUT', '7s', 'untetheredLingerMs', 7000],
  ['AERON_UNTETHERED_RESTING_TIMEOUT', '8s', 'untetheredRestingMs', 8000],
  ['AERON_TETHER_SUBSCRIPTIONS', 'false', 'tether', false],
  ['AERON_REJOIN_STREAM', '0', 'rejoin', false],
  ['AERON_PUBLICATION_RESERVED_SESSION_ID_LOW', '-5', 'reservedSessionIdLow', -5],
  ['AERON_PUBLICATION_RESERVED_SESSION_ID_HIGH', '2000', 'reservedSessionIdHigh', 2000],
  ['AERON_DIR_DELETE_ON_SHUTDOWN', '1', 'deleteDirectoryOnClose', true],
])('the driver takes %s=%s', (variable, text, name, value) => {
  vi.stubEnv(variable, text);
  expect(resolveDriverOptions({})).toMatchObject({ [name]: value });
  vi.stubEnv(variable, '');
  expect(resolveDriverOptions({})).not.toMatchObject({ [name]: value });
});

test('an option takes precedence over its variable, and an error names an invalid variable', () => {
  vi.stubEnv('AERON_TIMER_INTERVAL', '500ms');
  expect(resolveDriverOptions({ timerIntervalMs: 20 })).toMatchObject({ timerIntervalMs: 20 });
  for (const [variable, text] of [
    ['AERON_TIMER_INTERVAL', '1.5s'],
    ['AERON_IPC_TERM_BUFFER_LENGTH', '64kb'],
    ['AERON_TETHER_SUBSCRIPTIONS', 'maybe'],
    ['AERON_PUBLICATION_RESERVED_SESSION_ID_LOW', 'x'],
  ] as const) {
    vi.stubEnv(variable, text);
    expect(() => resolveDriverOptions({})).toThrow(`${variable} must be`);
    vi.unstubAllEnvs();
  }
});
