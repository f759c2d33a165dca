/** The types that users build on. Checked by `npm run types`; nothing here is run. */

import { expectTypeOf } from 'vitest';
import {
  type ChannelOptions,
  type Codec,
  type ErrorCode,
  json,
  openReader,
  type Reader,
  type RecordHandler,
  RingwireError,
  ShmReader,
  ShmWriter,
  TickUnit,
  TypedReader,
  TypedWriter,
  type WriteResult,
  type Writer,
} from '../../src/index.js';

const options: ChannelOptions = {
  writerId: 1n,
  channelId: 2,
  capacity: 65_536,
  maxMessageLength: 100,
  timeout: 1n,
  tickUnit: TickUnit.Secs,
};

expectTypeOf(ShmWriter.create).parameters.toEqualTypeOf<[root: string, options: ChannelOptions]>();
expectTypeOf<ShmWriter>().toExtend<Writer>();
expectTypeOf<ShmReader>().toExtend<Reader>();
expectTypeOf<Writer>().toExtend<Disposable>();
expectTypeOf(openReader).returns.toExtend<Reader>();
expectTypeOf<ReturnType<typeof ShmReader.waitFor>>().resolves.toEqualTypeOf<ShmReader>();
expectTypeOf<RecordHandler>().parameters.toEqualTypeOf<[Buffer, number, number, number]>();
expectTypeOf<Reader['tryRead']>().returns.toEqualTypeOf<Buffer | null>();
expectTypeOf<Reader['endReason']>().toEqualTypeOf<RingwireError | null>();
expectTypeOf<Writer['tryWrite']>().returns.toEqualTypeOf<number>();
expectTypeOf<typeof WriteResult.ChannelFull>().toEqualTypeOf<-5>();
expectTypeOf<RingwireError['code']>().toEqualTypeOf<ErrorCode>();
expectTypeOf<TickUnit>().toEqualTypeOf<9 | 6 | 3 | 0>();

interface Quote {
  readonly symbol: string;
  readonly price: number;
}
expectTypeOf(json<Quote>()).toEqualTypeOf<Codec<Quote>>();
expectTypeOf<TypedWriter<Quote>['write']>().parameter(0).toEqualTypeOf<Quote>();
expectTypeOf<Awaited<ReturnType<ReturnType<TypedReader<Quote>['records']>['next']>>>().toExtend<unknown>();
for await (const quote of new TypedReader(ShmReader.open('root', 2), json<Quote>())) {
  expectTypeOf(quote).toEqualTypeOf<Quote>();
}

ShmWriter.create('root', { name: 'quotes' });
ShmReader.open('root', { name: 'quotes' });
ShmReader.open('root', 'quotes');
// @ts-expect-error: an unknown option
ShmWriter.create('root', { nam: 'quotes' });
// @ts-expect-error: a tick unit is one of four
ShmWriter.create('root', { ...options, tickUnit: 1 });
// @ts-expect-error: text is no record; use a codec
ShmWriter.create('root', options).write('text');
// @ts-expect-error: values are checked against the codec
new TypedWriter(ShmWriter.create('root', options), json<Quote>()).write({ symbol: 1 });
// @ts-expect-error: a code that does not exist
export const never = new RingwireError('NO_SUCH_CODE', 'message');
