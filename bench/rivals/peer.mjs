// @ts-check
/** Started as a process or as a worker: the far end of one transport. */
import { workerData } from 'node:worker_threads';
import { answer } from './peer-role.mjs';

const { kind, address, answerAfter } = workerData ?? JSON.parse(process.argv[2] ?? '{}');
const { peerLink } = await import(`./${kind}.mjs`);
answer(await peerLink(address), answerAfter);
