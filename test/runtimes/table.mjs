/** The tables of docs/runtimes.md. */
import fs from 'node:fs';
import os from 'node:os';

const BEGIN = '<!-- runtimes:begin (written by test/runtimes/run.mjs) -->';
const END = '<!-- runtimes:end -->';

const row = (cells) => `| ${cells.join(' | ')} |`;

/** Runtime by feature. Each cell says works, refused with the code, fails, or untested with the reason. */
export function featureTable(features, runtimes, results, untested) {
  const lines = [row(['runtime', ...features]), row(['---', ...features.map(() => '---')])];
  const reasons = [];
  const withoutResult = (name, reason) => {
    lines.push(row([name, ...features.map(() => `untested [${reasons.length + 1}]`)]));
    reasons.push(`[${reasons.length + 1}] Untested, because ${reason}.`);
  };
  for (const [name, { version, reason }] of runtimes) {
    if (reason !== undefined) withoutResult(name, reason);
    else
      lines.push(row([`${name} (${version})`, ...features.map((feature) => results.get(name).get(feature))]));
  }
  for (const [name, reason] of Object.entries(untested)) withoutResult(name, reason);
  const machine = `Linux ${os.release()}, ${os.arch()}, ${new Date().toISOString().slice(0, 10)}.`;
  return [...lines, '', ...reasons, '', machine].join('\n');
}

/** Writing runtime by reading runtime. */
export function pairTable(runtimes, pairs) {
  const names = runtimes.map(([name]) => name);
  const cell = (writer, reader) =>
    writer === reader ? 'see above' : (pairs.get(`${writer} to ${reader}`) ?? 'untested');
  return [
    'Each writer (row) with each reader (column): log, ring, journal, doorbell and health socket.',
    '',
    row(['writer', ...names]),
    row(['---', ...names.map(() => '---')]),
    ...names.map((writer) => row([writer, ...names.map((reader) => cell(writer, reader))])),
  ].join('\n');
}

/** Replaces what stands between the marks. */
export function writeDocument(file, text) {
  const before = fs.readFileSync(file, 'utf8');
  const [begin, end] = [before.indexOf(BEGIN), before.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${file} has no marks for the table`);
  fs.writeFileSync(file, `${before.slice(0, begin + BEGIN.length)}\n${text}\n${before.slice(end)}`);
}
