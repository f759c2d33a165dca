// Run by Jest on a Node that lets it require an ES module.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { ShmReader, ShmWriter } = require('ringwire');

test('a record is read', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringwire-runner-'));
  const writer = ShmWriter.create(folder, { channelId: 1 });
  writer.write(Buffer.from('one'));
  const reader = ShmReader.open(folder, 1);
  expect(reader.tryRead().toString()).toBe('one');
  reader.close();
  writer.close();
  fs.rmSync(folder, { recursive: true });
});
