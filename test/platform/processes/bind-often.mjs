import { workerData } from 'node:worker_threads';
import { BoundSocket } from '../../../dist/platform/index.js';

for (let i = 0; i < 300; i++) BoundSocket.bind(workerData.file, workerData.mode).close();
