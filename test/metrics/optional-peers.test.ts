/** Without the optional packages: an error that names the command that installs them. */
import { expect, test, vi } from 'vitest';
import { RingWriter } from '../../src/channel/index.js';
import {
  exportToOpenTelemetry,
  MetricsServer,
  Sampler,
  TraceContextHandler,
} from '../../src/metrics/index.js';
import { RING } from '../channel/ring/ring-under-test.js';
import { memoryFolder } from '../temporary.js';

vi.mock('prom-client', () => {
  throw new Error('not installed');
});
vi.mock('@opentelemetry/api', () => {
  throw new Error('not installed');
});

const missing = (install: string) => ({
  code: 'EXPORTER_UNAVAILABLE',
  message: expect.stringContaining(`npm install ${install}`),
});

test('the server of metrics does not start', async () => {
  using sampler = new Sampler({});
  await expect(MetricsServer.listen({ sampler, port: 0 })).rejects.toMatchObject(missing('prom-client@15'));
});

test('neither the exporter of OpenTelemetry nor its trace handler is created', async () => {
  using sampler = new Sampler({});
  const refused = missing('@opentelemetry/api@1');
  await expect(exportToOpenTelemetry({ sampler })).rejects.toMatchObject(refused);
  await expect(TraceContextHandler.load()).rejects.toMatchObject(refused);
});

test('samples are taken', async () => {
  const root = memoryFolder();
  using _writer = RingWriter.create(root, RING);
  using sampler = new Sampler({ root });
  expect((await sampler.sample()).channels).toMatchObject([{ id: '7', state: 'alive' }]);
});
