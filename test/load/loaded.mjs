// npm run test:loaded [-- RUNS]: `npm test` beside two processes that use a core each, RUNS times (3). A test that holds
// only on a quiet machine fails here. Prints the time of each run; ends with 1 when a run failed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const runs = Number(process.argv[2] ?? 3);
const HOGS = 2;
const hogs = Array.from({ length: HOGS }, () =>
  spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
);
const end = () => {
  for (const hog of hogs) hog.kill('SIGKILL');
};
process.on('exit', end);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

for (let run = 1; run <= runs; run++) {
  const began = performance.now();
  const test = spawn('npm', ['test'], { stdio: 'inherit' });
  const [code] = await once(test, 'exit');
  const seconds = Math.round((performance.now() - began) / 1000);
  process.stdout.write(`loaded run ${run} of ${runs}: ${code === 0 ? 'passed' : 'failed'} in ${seconds} s\n`);
  if (code !== 0) process.exitCode = 1;
}
end();
