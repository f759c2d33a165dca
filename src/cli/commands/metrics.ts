/** `ringwire metrics`: serves channels, processes, agents and a media driver as metrics for Prometheus. */
import { type Command, Option } from 'commander';
import { readOwnSecret } from '../../health/index.js';
import {
  MetricsServer,
  MetricTable,
  prometheusPage,
  Sampler,
  type SamplerOptions,
} from '../../metrics/index.js';
import { onAbort, RingwireError } from '../../platform/index.js';
import { type RootOptions, rootFolder, takesRoot } from '../channel-argument.js';
import { Interruption } from '../interruption.js';
import { type ListenAddress, listenAddressOption } from '../listen-address.js';
import { printNote, printText } from '../print.js';

interface MetricsOptions extends RootOptions {
  readonly listen: ListenAddress;
  readonly tokenFile?: string;
  readonly runtimeDir?: string;
  readonly healthSocket?: string;
  readonly aeronDir?: string;
  readonly once?: boolean;
}

/** Adds the command to the program. */
export function registerMetrics(program: Command): void {
  takesRoot(program.command('metrics').description('serve metrics of channels and processes for Prometheus'))
    .addOption(
      new Option('-l, --listen <ip:port>', 'address to serve on')
        .argParser(listenAddressOption)
        .default({ host: '127.0.0.1', port: 9465 }, '127.0.0.1:9465'),
    )
    .option('--token-file <path>', 'require the token in this file: Authorization: Bearer TOKEN')
    .option('--runtime-dir <folder>', 'also sample the processes of the manager that runs here')
    .option('--health-socket <path>', 'also observe the agents that send their beats to this socket')
    .option('--aeron-dir <folder>', 'also sample the Aeron media driver of this folder')
    .option('--once', 'print the metrics once instead of serving them')
    .addHelpText('after', HELP)
    .action(metrics);
}

const HELP = `
Reads from outside: writers and readers do not notice it. Serves every path, as
Prometheus text or as OpenMetrics, and samples for each scrape. Needs the
package prom-client: npm install prom-client@15.`;

async function metrics(options: MetricsOptions): Promise<void> {
  using interruption = new Interruption();
  const { signal } = interruption;
  using sampler = new Sampler(samplerOptions(options));
  if (options.once) {
    printText((await prometheusPage(new MetricTable().families(await sampler.sample()))).body);
    return;
  }
  const server = await MetricsServer.listen({
    sampler,
    ...options.listen,
    ...(options.tokenFile === undefined ? {} : { token: tokenIn(options.tokenFile) }),
  });
  printNote(`metrics: http://${server.address}/metrics`);
  await new Promise<void>((resolve) => onAbort(signal, resolve));
  await server.close();
  process.exitCode = interruption.exitCode;
}

function samplerOptions(options: MetricsOptions): SamplerOptions {
  const { runtimeDir, healthSocket, aeronDir } = options;
  return {
    root: rootFolder(options),
    ...(runtimeDir === undefined ? {} : { runtimeDir }),
    ...(healthSocket === undefined ? {} : { healthSocket }),
    ...(aeronDir === undefined ? {} : { aeronDir }),
  };
}

function tokenIn(file: string): string {
  const token = readOwnSecret(file).trim();
  if (token !== '' && !/\s/.test(token)) return token;
  throw new RingwireError('INVALID_ARGUMENT', `${file} must contain one token without blanks`, {
    path: file,
  });
}
