/** `ringwire ctl init`: writes a configuration file to begin with. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { reasonOf, systemCode } from '../../../platform/index.js';
import { ExitCode } from '../../exit-codes.js';
import { printText } from '../../print.js';
import { fail, takesFile } from './ctl-action.js';
import { projectName } from './project-name.js';

/** The JSON Schema of the configuration, from this file in `dist`, and from a project that has installed the package. */
const OWN_SCHEMA = new URL('../../../../docs/cliwrap.schema.json', import.meta.url);
const INSTALLED_SCHEMA = './node_modules/ringwire/docs/cliwrap.schema.json';

/** Adds the command to its group. */
export function registerCtlInit(ctl: Command): void {
  takesFile(ctl.command('init'))
    .description('write a configuration file with comments, to begin with')
    .action(init);
}

function init({ file }: { file: string }): void {
  try {
    fs.writeFileSync(file, template(path.resolve(file)), { flag: 'wx' });
    printText(`wrote ${file}\n`);
  } catch (error) {
    if (systemCode(error) === 'EEXIST')
      fail(`${file} exists: remove it, or name another file with -f`, ExitCode.Taken);
    else fail(`cannot write ${file}: ${reasonOf(error)}`);
  }
}

function template(file: string): string {
  const folder = path.dirname(file);
  const installed = fs.existsSync(path.join(folder, INSTALLED_SCHEMA));
  const schema = installed ? INSTALLED_SCHEMA : fileURLToPath(OWN_SCHEMA);
  return `# yaml-language-server: $schema=${schema}
# Processes for \`ringwire ctl run\`. All keys: docs/guides/supervisor.md of ringwire.
version: 1

runtime:
  # Socket, records and output of the processes; it must be yours alone.
  dir: \${RUNTIME_DIR:-${defaultRuntimeDir(folder)}}
  # log_ring_buffer_bytes: 4MiB  # kept of each output (default: 1 MiB)
  # log_file_dir: ./logs         # also writes output to files, and rotates them

groups:
  - name: main
    processes:
      - id: hello
        # No shell splits the command; arguments go into args.
        command: sh
        args: [-c, "echo ready; exec sleep 3600"]
        # instances: 2                # hello-0 and hello-1; each has RINGWIRE_INSTANCE
        # env: { NODE_ENV: production }
        # workdir: .                  # relative to this file
        restart: on_failure           # never, on_failure or always
        max_restarts: 5               # in a row, then the process has failed
        restart_backoff: 500ms        # doubled each time, up to 1 min
        stop_timeout: 10s             # from SIGTERM to SIGKILL
        # Other processes that need this one wait until it is ready:
        # log, exec, port, socket or beat.
        ready: { log: ready, timeout: 10s }
        # resources: { max_rss: 512MiB, on_exceed: kill }

      # - id: after-hello
      #   command: node
      #   args: [worker.js]
      #   depends_on: [hello]
`;
}

/** A folder in the system's temporary folder that is named after the project and the user. */
function defaultRuntimeDir(folder: string): string {
  return path.join(os.tmpdir(), `${projectName(folder)}-${process.getuid?.() ?? 0}`);
}
