/** `ringwire web`: a page with channels, processes, agents and a media driver, for browsers. */
import fs from 'node:fs';
import { type Command, Option } from 'commander';
import { readOwnSecret } from '../../../health/index.js';
import { Sampler } from '../../../metrics/index.js';
import { onAbort, RingwireError, reasonOf } from '../../../platform/index.js';
import { ProcessControl, type WebOptions, WebServer } from '../../../web/index.js';
import { Interruption } from '../../interruption.js';
import { type ListenAddress, listenAddressOption } from '../../listen-address.js';
import { printNote, printText } from '../../print.js';
import { findSources, type SourceOptions, samplerOptions, takesSources } from './web-sources.js';

/** Folder of the package, from here in src and in dist. */
const PACKAGE = new URL('../../../../', import.meta.url);

interface CommandOptions extends SourceOptions {
  readonly listen: ListenAddress;
  readonly tokenFile?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly allowHost?: readonly string[];
  readonly readOnly?: boolean;
}

/** Adds the command to the program. */
export function registerWeb(program: Command): void {
  const command = program
    .command('web')
    .description('serve a page that shows channels, processes, health and Aeron');
  takesSources(command)
    .addOption(
      new Option('-l, --listen <ip:port>', 'address to listen on; port 0 means any')
        .argParser(listenAddressOption)
        .default({ host: '127.0.0.1', port: 9460 }, '127.0.0.1:9460'),
    )
    .option('--read-only', 'refuse to start and stop processes')
    .option(
      '--token-file <path>',
      'take the token from this file, which only its owner can read (default: random)',
    )
    .option('--cert <path>', 'certificate in PEM: serve over TLS; needs --key')
    .option('--key <path>', 'private key in PEM')
    .option('--allow-host <name>', 'also answer under this name; may be repeated', list)
    .addHelpText('after', HELP)
    .action(web);
}

const HELP = `
Prints a URL with a random token. The first browser request with the token gets
a cookie. Who has the URL can read records and restart processes, so treat it
as a password. Another address than a loopback one needs --token-file, or --cert
and --key. docs/guides/web.md describes the page and its API.`;

async function web(options: CommandOptions): Promise<void> {
  using interruption = new Interruption();
  const { signal } = interruption;
  const sources = findSources(options);
  using sampler = new Sampler(samplerOptions(sources, options));
  const server = await WebServer.listen({
    ...sources,
    ...secrets(options),
    ...options.listen,
    names: options.allowHost ?? [],
    readOnly: options.readOnly ?? false,
    packageFolder: PACKAGE,
    source: sampler,
    processes: sources.processes === null ? null : new ProcessControl(sources.processes),
  });
  printText(options.tokenFile === undefined ? `${server.url}?token=${server.token}\n` : `${server.url}\n`);
  if (options.tokenFile !== undefined) printNote(`the page asks for the token of ${options.tokenFile}`);
  await new Promise<void>((resolve) => onAbort(signal, resolve));
  await server.close();
  process.exitCode = interruption.exitCode;
}

/** Token and TLS files of the options. @throws RingwireError `INVALID_KEY`, `INVALID_ARGUMENT` */
function secrets({ tokenFile, cert, key }: CommandOptions): Pick<WebOptions, 'token' | 'tls'> {
  if ((cert === undefined) !== (key === undefined)) {
    throw new RingwireError('INVALID_ARGUMENT', '--cert and --key belong together: give both or none');
  }
  return {
    ...(tokenFile === undefined ? {} : { token: readOwnSecret(tokenFile).trim() }),
    ...(cert === undefined || key === undefined ? {} : { tls: { cert: read(cert), key: read(key) } }),
  };
}

function read(file: string): Buffer {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    throw new RingwireError('INVALID_ARGUMENT', `cannot read ${file}: ${reasonOf(error)}`, { cause: error });
  }
}

function list(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
