// Maps a channel, has its file cut to nothing, and reads on: the kernel ends such a process.
import fs from 'node:fs';
import { channelPaths, ShmReader } from 'ringwire';

const [root, backend] = process.argv.slice(2);
const reader = ShmReader.open(root, 7, { backend });
fs.truncateSync(channelPaths(root, 7).file, 0);
reader.poll(() => {});
