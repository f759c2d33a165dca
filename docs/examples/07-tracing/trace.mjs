// The span of a consumer continues that of the producer: the trace context travels with the record.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { RingReader, RingWriter, TickUnit, TypedReader, TypedWriter, utf8 } from 'ringwire';
import { TraceContextHandler } from 'ringwire/metrics';

const exporter = new InMemorySpanExporter();
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
);
const tracer = trace.getTracer('orders');

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'tracing-'));
const options = { writerId: 1, channelId: 7, capacity: 65_536, maxMessageLength: 1024 };
const ring = RingWriter.create(root, { ...options, timeout: 10_000, tickUnit: TickUnit.Millis });

// Both sides add the same handler. In practice they are two processes.
const orders = new TypedWriter(ring, utf8, await TraceContextHandler.load());
const received = await TraceContextHandler.load();
const reader = new TypedReader(RingReader.open(root, 7), utf8, received);

tracer.startActiveSpan('take order', (span) => {
  orders.write('two coffees');
  span.end();
});
reader.poll((order) => {
  received.run(() =>
    tracer.startActiveSpan('make order', (span) => {
      console.log(order);
      span.end();
    }),
  );
});

const [take, make] = exporter.getFinishedSpans();
console.log(
  `'${make.name}' continues '${take.name}':`,
  make.parentSpanContext.spanId === take.spanContext().spanId,
);
reader.close();
orders.close();
fs.rmSync(root, { recursive: true });
