/**
 * Carries the trace context of the writer with a record, so that a span of the reader continues that of the writer.
 * Source: W3C Trace Context, `traceparent` version 00, in binary.
 *
 *   +---------------+-----------------+----------------+---------+----------------------+
 *   | version u8: 0 | trace id, 16    | parent id, 8   | flags u8| data                 |
 *   +---------------+-----------------+----------------+---------+----------------------+
 *
 * Ids of zeros: the record has no trace context. `tracestate` is not carried.
 */
import type { RecordDecorator } from '../../channel/index.js';
import { loadOpenTelemetry } from './load-opentelemetry.js';

const VERSION = 0;
const TRACE_AT = 1;
const SPAN_AT = 17;
const FLAGS_AT = 25;
const LENGTH = 26;

const HEX = /^[0-9a-f]*$/;

/** Identity of a span, as OpenTelemetry defines it. */
export interface TraceContext {
  /** 32 hexadecimal digits, not all 0. */
  readonly traceId: string;
  /** 16 hexadecimal digits, not all 0. */
  readonly spanId: string;
  /** Bit 0: the trace is sampled. */
  readonly traceFlags: number;
  /** Whether it comes from another process. */
  readonly isRemote?: boolean;
}

/**
 * Adds the trace context of the current span before each record: 26 bytes.
 *
 * @example
 * const trace = await TraceContextHandler.load();
 * const reader = new TypedReader(RingReader.open(root, id), utf8, trace);
 * reader.poll((text) => trace.run(() => tracer.startActiveSpan('handle', (span) => handle(text, span))));
 */
export class TraceContextHandler implements RecordDecorator {
  readonly incomingLength = LENGTH;
  readonly outgoingLength = 0;
  readonly #current: () => TraceContext | undefined;
  readonly #run: <T>(context: TraceContext | null, action: () => T) => T;
  readonly #last = Buffer.alloc(LENGTH);

  /**
   * Creates a handler for spans of the global tracer provider of OpenTelemetry.
   * @throws RingwireError `EXPORTER_UNAVAILABLE` without the package `@opentelemetry/api`
   */
  static async load(): Promise<TraceContextHandler> {
    const { context, trace } = await loadOpenTelemetry();
    return new TraceContextHandler(
      () => trace.getSpanContext(context.active()),
      (remote, action) => {
        const active = context.active();
        return context.with(remote === null ? active : trace.setSpanContext(active, remote), action);
      },
    );
  }

  /**
   * Creates a handler for another tracing library.
   * @param current returns the context of the current span, or undefined without one
   * @param run calls `action` with a context as the current one; default: only calls it
   */
  constructor(
    current: () => TraceContext | undefined,
    run: <T>(context: TraceContext | null, action: () => T) => T = (_, action) => action(),
  ) {
    this.#current = current;
    this.#run = run;
  }

  /** Trace context of the last record written or read; null if it has none. */
  get traceContext(): TraceContext | null {
    const bytes = this.#last;
    const traceId = bytes.toString('hex', TRACE_AT, SPAN_AT);
    const spanId = bytes.toString('hex', SPAN_AT, FLAGS_AT);
    if (bytes[0] !== VERSION || isZero(traceId) || isZero(spanId)) return null;
    return { traceId, spanId, traceFlags: bytes[FLAGS_AT] as number, isRemote: true };
  }

  /** The same as text, `00-<trace id>-<parent id>-<flags>`; null if it has none. */
  get traceparent(): string | null {
    const found = this.traceContext;
    if (found === null) return null;
    return `00-${found.traceId}-${found.spanId}-${found.traceFlags.toString(16).padStart(2, '0')}`;
  }

  /** Reading: calls `action` with the span of the writer of the last record as the current one. */
  run<T>(action: () => T): T {
    return this.#run(this.traceContext, action);
  }

  incoming(buffer: Buffer, offset: number): void {
    const found = this.#current();
    this.#last.fill(0);
    if (found !== undefined && isId(found.traceId, 32) && isId(found.spanId, 16)) {
      this.#last.write(found.traceId, TRACE_AT, 'hex');
      this.#last.write(found.spanId, SPAN_AT, 'hex');
      this.#last[FLAGS_AT] = found.traceFlags;
    }
    this.#last.copy(buffer, offset);
  }

  outgoing(): void {}

  receive(buffer: Buffer, start: number): void {
    buffer.copy(this.#last, 0, start, start + LENGTH);
  }
}

function isId(text: string, digits: number): boolean {
  return text.length === digits && HEX.test(text) && !isZero(text);
}

function isZero(id: string): boolean {
  return /^0*$/.test(id);
}
