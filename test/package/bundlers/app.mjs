// The program that each bundler builds: node app.js write|read|drive FOLDER
import { ShmReader, ShmWriter } from 'ringwire';
import { DriverWorker } from 'ringwire/aeron';

async function main(role, folder) {
  if (role === 'write') {
    const writer = ShmWriter.create(folder, { channelId: 7 });
    for (let i = 0; i < 100; i++) writer.write(Buffer.from(`record ${i}`));
    writer.close();
  } else if (role === 'read') {
    const reader = await ShmReader.waitFor(folder, 7);
    let count = 0;
    for await (const record of reader.records()) if (record.toString() === `record ${count}`) count++;
    reader.close();
    process.stdout.write(`${count} records\n`);
  } else {
    const driver = await DriverWorker.start({ directory: `${folder}/aeron`, deleteDirectoryOnClose: true });
    await driver.close();
    process.stdout.write('the driver ran\n');
  }
}

// Without a top-level await: CommonJS output has none.
main(...process.argv.slice(2));
