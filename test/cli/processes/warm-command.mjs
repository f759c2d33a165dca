// A process that runs one command after the other: a Node start is most of what a short command takes. Each command
// has streams, environment and exit code of its own, as in a process of its own. Ends with its parent.
import { PassThrough, Writable } from 'node:stream';
import { run } from '../../../dist/cli/run.js';

const environment = { ...process.env };
let finish = () => {};

/** A stream that keeps what is written to it. */
function keeper(chunks) {
  return new Writable({
    decodeStrings: true,
    write(chunk, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
}

function replace(name, value) {
  Object.defineProperty(process, name, { value, configurable: true, writable: true });
}

async function runCommand({ args, input, env }) {
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  Object.assign(process.env, environment);
  for (const [name, value] of Object.entries(env)) {
    if (value === null) delete process.env[name];
    else process.env[name] = value;
  }
  const stdout = [];
  const stderr = [];
  replace('stdin', new PassThrough());
  process.stdin.end(Buffer.from(input, 'base64'));
  replace('stdout', keeper(stdout));
  replace('stderr', keeper(stderr));
  process.exitCode = undefined;
  const ended = new Promise((resolve) => {
    finish = resolve;
  });
  const code = await Promise.race([run([process.execPath, 'ringwire', ...args]), ended]);
  process.exitCode = 0;
  process.send({
    code,
    stdout: Buffer.concat(stdout).toString('base64'),
    stderr: Buffer.concat(stderr).toString('base64'),
  });
}

// A command that ends its process ends its run only.
process.exit = (code) => {
  finish(Number(code ?? process.exitCode ?? 0));
};
process.on('message', (order) => void runCommand(order));
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
