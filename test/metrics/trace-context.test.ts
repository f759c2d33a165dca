/** The trace handler with the SDK of OpenTelemetry: the span of the reader continues that of the writer. */
import { context, type Span, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TypedReader, TypedWriter, utf8 } from '../../src/channel/index.js';
import { TraceContextHandler } from '../../src/metrics/index.js';
import { openRing } from '../channel/ring/ring-under-test.js';

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const contexts = new AsyncLocalStorageContextManager();

beforeAll(() => {
  context.setGlobalContextManager(contexts.enable());
  trace.setGlobalTracerProvider(provider);
});

afterAll(async () => {
  trace.disable();
  context.disable();
  await provider.shutdown();
});

test('the span of a reader is a child of the span in which the record was written', async () => {
  using pair = openRing();
  const tracer = trace.getTracer('test');
  const sending = new TypedWriter(pair.writer, utf8, await TraceContextHandler.load());
  const handler = await TraceContextHandler.load();
  const receiving = new TypedReader(pair.reader, utf8, handler);
  const during = (name: string, action: () => void) =>
    tracer.startActiveSpan(name, (span: Span) => {
      action();
      span.end();
    });
  during('write', () => sending.write('order'));
  receiving.poll((text) => handler.run(() => during(`handle ${text}`, () => {})));
  const [writing, handling] = exporter.getFinishedSpans();
  expect(handling?.name).toBe('handle order');
  expect(handling?.spanContext().traceId).toBe(writing?.spanContext().traceId);
  expect(handling?.parentSpanContext).toMatchObject({
    spanId: writing?.spanContext().spanId,
    isRemote: true,
  });
  expect(handler.traceparent).toBe(
    `00-${writing?.spanContext().traceId}-${writing?.spanContext().spanId}-01`,
  );
});

test('a record that is written outside of a span starts no trace of its own', async () => {
  using pair = openRing();
  const sending = new TypedWriter(pair.writer, utf8, await TraceContextHandler.load());
  const handler = await TraceContextHandler.load();
  const receiving = new TypedReader(pair.reader, utf8, handler);
  sending.write('order');
  receiving.poll(() => {});
  expect(handler.traceContext).toBeNull();
  expect(handler.traceparent).toBeNull();
  expect(handler.run(() => trace.getActiveSpan())).toBeUndefined();
});

test('ids that are no ids of the specification are not carried', () => {
  using pair = openRing();
  const invalid = { traceId: '0'.repeat(32), spanId: 'f'.repeat(16), traceFlags: 1 };
  const sending = new TypedWriter(pair.writer, utf8, new TraceContextHandler(() => invalid));
  const handler = new TraceContextHandler(() => undefined);
  sending.write('order');
  new TypedReader(pair.reader, utf8, handler).poll(() => {});
  expect(handler.traceContext).toBeNull();
});
