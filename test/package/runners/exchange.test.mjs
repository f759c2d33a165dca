// Run by Jest and by vitest: records go to another process and come back.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ShmReader, ShmWriter } from 'ringwire';

const ECHO = `
  import { ShmReader, ShmWriter } from 'ringwire';
  const [folder] = process.argv.slice(1);
  const reader = await ShmReader.waitFor(folder, 1);
  const writer = ShmWriter.create(folder, { channelId: 2 });
  for await (const record of reader.records()) writer.write(record);
  writer.close();
  reader.close();`;

test('another process returns each record', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringwire-runner-'));
  const echo = spawn(process.execPath, ['--input-type=module', '-e', ECHO, folder], { stdio: 'inherit' });
  const ended = once(echo, 'close');
  const writer = ShmWriter.create(folder, { channelId: 1 });
  writer.writeBatch([Buffer.from('one'), Buffer.from('two')]);
  writer.close();
  const reader = await ShmReader.waitFor(folder, 2);
  const records = [];
  for await (const record of reader.records()) records.push(record.toString());
  reader.close();
  expect(records).toEqual(['one', 'two']);
  expect(await ended).toEqual([0, null]);
  fs.rmSync(folder, { recursive: true });
}, 120_000);
