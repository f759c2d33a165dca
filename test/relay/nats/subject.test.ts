/** Subjects of records: templates with fields of JSON and structs, and what a field cannot do to a subject. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { JournalWriter, json, TickUnit, TypedWriter } from '../../../src/index.js';
import { type JetStreamSendOptions, relayToJetStream } from '../../../src/relay/index.js';
import { subjectOf, subjectPattern } from '../../../src/relay/nats/subject.js';
import { chars, f64, struct } from '../../../src/structs.js';
import { ringwire } from '../../cli/ringwire-command.js';
import { memoryFolder, temporaryFolder } from '../../temporary.js';
import { SOURCE } from '../relay-under-test.js';
import { itWithNats, NatsServer } from './nats-server.js';

const quote = struct({ symbol: chars(8), price: f64 }, { name: 'Quote' });

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));
const subjectIn = (template: string, value: unknown) => subjectOf({ subject: template })(bytes(value));

it('puts fields of a JSON record into its subject, also nested ones and several in one token', () => {
  const record = { symbol: 'RW', venue: { name: 'X' }, depth: 3, live: true };
  expect(subjectIn('quotes.{symbol}', record)).toBe('quotes.RW');
  expect(subjectIn('{venue.name}.{symbol}.all', record)).toBe('X.RW.all');
  expect(subjectIn('quotes.{symbol}-{depth}.{live}', record)).toBe('quotes.RW-3.true');
});

it.each([
  ['A.B', 'A_B'],
  ['*', '_'],
  ['>', '_'],
  ['a b\tc\r\nd', 'a_b_c__d'],
  ['', '_'],
  ['\u0000\u200b', '__'],
  ['$JS', '_JS'],
  [null, '_'],
  [{ a: 1 }, '_'],
  [['a'], '_'],
  [1.5, '1_5'],
  ['x'.repeat(5000), 'x'.repeat(100)],
  ['ü€', 'ü€'],
])('the field %j is the one token %j of a subject', (value, token) => {
  expect(subjectIn('quotes.{symbol}', { symbol: value })).toBe(`quotes.${token}`);
});

it('a record without the field, or that is not JSON, has the token _', () => {
  const subject = subjectOf({ subject: 'quotes.{symbol}.{length}' });
  expect(subject(bytes({ other: 1 }))).toBe('quotes._._');
  expect(subject(bytes('text'))).toBe('quotes._._');
  expect(subject(Buffer.from('{ no JSON'))).toBe('quotes._._');
  expect(subjectIn('{toString}.{constructor.name}', {})).toBe('_._');
});

it('a template stands for a pattern that a stream takes', () => {
  expect(subjectPattern('quotes.{symbol}')).toBe('quotes.*');
  expect(subjectPattern('a.x{b.c}y.d')).toBe('a.*.d');
  expect(subjectPattern('quotes.all')).toBe('quotes.all');
});

it.each(['', 'a..b', '.a', 'a.', 'a b', 'a.*', 'a.>', 'a.{b', 'a.b}', 'a.{}', 'a.{b c}', 'a.{b}.>'])(
  'the text %j is not a subject',
  (subject) => {
    expect(() => subjectOf({ subject })).toThrowError(/is not a subject/);
  },
);

it.each(['', 'a..b', 'a.*', 'a.>', 'a b', 'a.\n'])('a function that returns %j is refused', (subject) => {
  expect(() => subjectOf({ subject: () => subject })(Buffer.from('a'))).toThrowError(/is not a subject/);
});

function journal(root: string): JournalWriter {
  const timing = { timeout: 60, tickUnit: TickUnit.Secs };
  const options = { channelId: SOURCE, writerId: 1, maxMessageLength: 4096, capacity: 2 ** 20, ...timing };
  const writer = JournalWriter.create(root, options);
  onTestFinished(() => writer.close());
  return writer;
}

function to(
  root: string,
  server: NatsServer,
  subject: JetStreamSendOptions['subject'],
): JetStreamSendOptions {
  return { root, channelId: SOURCE, servers: server.url, stream: 'RECORDS', subject };
}

async function subjects(server: NatsServer) {
  const { state, config } = await (await server.manager()).streams.info('RECORDS', { subjects_filter: '>' });
  return { subjects: state.subjects, takes: config.subjects };
}

itWithNats('the stream of a template takes every value of its fields, and no peer leaves it', async () => {
  const root = memoryFolder();
  const server = await NatsServer.start();
  const source = journal(root);
  const writer = new TypedWriter(source, json<unknown>());
  for (const symbol of ['A', 'B', 'A', '>', 'x.y', '$SYS', '']) writer.write({ symbol });
  source.write(Buffer.from('no JSON'));
  source.close();
  const sent = await relayToJetStream({ ...to(root, server, 'quotes.{symbol}'), create: {} });
  expect(sent).toMatchObject({ acknowledged: 8, fault: null });
  expect(await subjects(server)).toEqual({
    takes: ['quotes.*'],
    subjects: { 'quotes.A': 2, 'quotes.B': 1, 'quotes._': 3, 'quotes.x_y': 1, 'quotes._SYS': 1 },
  });
});

itWithNats('a struct gives the fields of its records', async () => {
  const root = memoryFolder();
  const server = await NatsServer.start();
  const source = journal(root);
  const writer = new TypedWriter(source, quote);
  for (const symbol of ['RW', 'RW', 'XY']) writer.write({ symbol, price: 1 });
  source.close();
  await relayToJetStream({ ...to(root, server, 'quotes.{symbol}'), codec: quote, create: {} });
  expect((await subjects(server)).subjects).toEqual({ 'quotes.RW': 2, 'quotes.XY': 1 });
});

itWithNats('refuses a template, or the result of a function, that the stream does not take', async () => {
  const root = memoryFolder();
  const server = await NatsServer.start();
  await server.addStream({ subjects: ['quotes.A'] });
  const source = journal(root);
  source.write(bytes({ symbol: 'A' }));
  source.close();
  const error = { code: 'INVALID_ARGUMENT', message: expect.stringContaining('quotes.A') };
  await expect(relayToJetStream(to(root, server, 'quotes.{symbol}'))).rejects.toMatchObject(error);
  await expect(relayToJetStream(to(root, server, () => 'quotes.B'))).rejects.toMatchObject(error);
  await expect(relayToJetStream(to(root, server, () => 'quotes.>'))).rejects.toMatchObject({
    message: expect.stringContaining('is not a subject'),
  });
  expect(await relayToJetStream(to(root, server, () => 'quotes.A'))).toMatchObject({ acknowledged: 1 });
});

itWithNats('the command takes a template, in the address or as --subject, also with a struct', async () => {
  const root = temporaryFolder();
  const server = await NatsServer.start();
  const input = '{"symbol":"A"}\n{"symbol":"B"}\n{"symbol":"A"}\n';
  expect((await ringwire(['write', '1', '-r', root, '-c', '1M'], { input })).code).toBe(0);
  const relay = (address: string, ...more: string[]) =>
    ringwire(['relay', '1', `${server.url}/${address}`, '-r', root, '--create', ...more]);
  const option = await relay('RECORDS', '--subject', 'quotes.{symbol}');
  expect(option.code, option.stderr).toBe(0);
  expect((await subjects(server)).subjects).toEqual({ 'quotes.A': 2, 'quotes.B': 1 });
  const address = await relay('OTHER/others.{symbol}');
  expect(address.code, address.stderr).toBe(0);
  const both = await relay('OTHER/others.a', '--subject', 'others.b');
  expect(both.stderr).toMatch(/not both/);
  const module = path.join(root, 'quote.mjs');
  fs.writeFileSync(
    module,
    `import { chars, f64, struct } from '${new URL('../../../dist/structs.js', import.meta.url)}';
export const quote = struct({ symbol: chars(8), price: f64 }, { name: 'Quote' });`,
  );
  const source = memoryFolder();
  const structs = journal(source);
  new TypedWriter(structs, quote).write({ symbol: 'RW', price: 1 });
  structs.close();
  const line = ['relay', String(SOURCE), `${server.url}/STRUCTS/structs.{symbol}`, '-r', source, '--create'];
  const typed = await ringwire([...line, '--struct', module]);
  expect(typed.code, typed.stderr).toBe(0);
  const manager = await server.manager();
  expect((await manager.streams.getMessage('STRUCTS', { seq: 1 }))?.subject).toBe('structs.RW');
});
