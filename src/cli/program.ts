/** The command line as a whole. Every command, or group of commands, registers itself from a file of its own. */
import { readFileSync } from 'node:fs';
import { Command, type Option } from 'commander';
import { registerExitCodes } from './command-exit-codes.js';
import { wrapHelp } from './help-format.js';
import { reportUsage } from './report-error.js';

const VERSION_FLAGS = new Set<string | undefined>(['-V', '--version']);

const EXAMPLES = `
Examples:
  ringwire demo                   exchange a million verified records
  seq 1000 | ringwire write 7     write lines as records into channel 7
  app | ringwire write quotes     write them into the channel named quotes
  app | ringwire write 9 --ring   write an endless stream into a ring
  ringwire tail 7                 show the last records of channel 7, and follow
  ringwire cat 7 --format json    print its records as JSON
  ringwire hz 7                   measure its rate, record sizes and gaps
  ringwire record 7 seven.rec && ringwire replay seven.rec 8 --speed 2
  ringwire ls                     list all channels with their states
  ringwire top                    show all channels live, with rates and lags
  ringwire web                    show all of it on a web page
  ringwire verify 7 && echo sound

A channel has an id, decimal or 0x hexadecimal, and may have a name, below a
root folder: --root, else RINGWIRE_ROOT, else a folder of your own in /dev/shm.
The path of a .kekbit file also names it. Exit codes: ringwire help exit-codes.
Colors follow NO_COLOR and FORCE_COLOR.`;

type Register = (program: Command) => void;

/**
 * Every command or group, by the name it is called with. Only the one that is called is loaded; help and errors of usage
 * list the others from command-list.json.
 */
const GROUPS: Readonly<Record<string, () => Promise<Register>>> = {
  demo: async () => (await import('./commands/demo/demo.js')).registerDemo,
  write: async () => (await import('./commands/write.js')).registerWrite,
  tail: async () => (await import('./commands/tail/tail.js')).registerTail,
  cat: async () => (await import('./commands/cat.js')).registerCat,
  stat: async () => (await import('./commands/stat.js')).registerStat,
  ls: async () => (await import('./commands/ls.js')).registerLs,
  rename: async () => (await import('./commands/rename.js')).registerRename,
  rm: async () => (await import('./commands/rm.js')).registerRm,
  prune: async () => (await import('./commands/prune.js')).registerPrune,
  verify: async () => (await import('./commands/verify.js')).registerVerify,
  recover: async () => (await import('./commands/recover.js')).registerRecover,
  unlock: async () => (await import('./commands/unlock.js')).registerUnlock,
  hz: async () => (await import('./commands/hz.js')).registerHz,
  top: async () => (await import('./commands/top/top.js')).registerTop,
  web: async () => (await import('./commands/web/web.js')).registerWeb,
  record: async () => (await import('./commands/record.js')).registerRecord,
  replay: async () => (await import('./commands/replay.js')).registerReplay,
  bench: async () => (await import('./commands/bench/bench.js')).registerBench,
  metrics: async () => (await import('./commands/metrics.js')).registerMetrics,
  relay: async () => (await import('./commands/relay/relay.js')).registerRelay,
  aeron: async () => (await import('./commands/aeron/aeron.js')).registerAeron,
  vlp: async () => (await import('./commands/vlp/vlp.js')).registerVlp,
  ctl: async () => (await import('./commands/ctl/ctl.js')).registerCtl,
  struct: async () => (await import('./commands/struct.js')).registerStruct,
  peers: async () => (await import('./commands/peers.js')).registerPeers,
  completion: async () => (await import('./commands/completion.js')).registerCompletion,
  complete: async () => (await import('./commands/complete.js')).registerComplete,
};

/** `json`: whether errors are to be JSON. `asked`: the first arguments of the command line. */
export async function buildProgram(json: boolean, asked: readonly (string | undefined)[]): Promise<Command> {
  const program = wrapHelp(new Command('ringwire'))
    .description('exchange records between processes through a memory-mapped file')
    .version(packageVersion(), '-V, --version')
    .configureOutput({ outputError: (text) => reportUsage(text, json) })
    .addHelpText('after', EXAMPLES)
    .exitOverride();
  const [first, second] = asked;
  if (VERSION_FLAGS.has(first)) return program;
  const name = first === 'help' && second !== undefined ? second : first;
  const list = first === 'completion' ? null : commandList();
  if (list === null) {
    for (const register of await Promise.all(Object.values(GROUPS).map((load) => load()))) register(program);
    registerExitCodes(program);
    refuseEmptyOptions(program);
    return program;
  }
  // The order of the list is the order of the help.
  for (const command of list) {
    if (command.name === 'exit-codes') registerExitCodes(program);
    else if (command.name === name) (await GROUPS[name]?.())?.(program);
    else if (GROUPS[name ?? ''] === undefined) registerStub(program, command);
  }
  refuseEmptyOptions(program);
  return program;
}

/** What help says about a command: enough to list it without loading it. */
export interface ListedCommand {
  readonly name: string;
  /** Its arguments: `<channel>`. */
  readonly usage: string;
  readonly hasOptions: boolean;
  readonly description: string;
  /** Whether help does not list it. */
  readonly hidden: boolean;
}

/**
 * All commands of a program that was built without a list. The build writes them to command-list.json.
 * @public
 */
export function listCommands(program: Command): ListedCommand[] {
  const visible = program.createHelp().visibleCommands(program);
  return program.commands.map((command) => ({
    name: command.name(),
    usage: command.registeredArguments
      .map((argument) => {
        const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
        return argument.required ? `<${name}>` : `[${name}]`;
      })
      .join(' '),
    hasOptions: command.options.length > 0,
    description: command.description(),
    hidden: !visible.includes(command),
  }));
}

/** @returns null where no build wrote the list: then every command is loaded */
function commandList(): ListedCommand[] | null {
  try {
    return JSON.parse(readFileSync(new URL('./command-list.json', import.meta.url), 'utf8'));
  } catch {
    return null;
  }
}

function registerStub(
  program: Command,
  { name, usage, hasOptions, description, hidden }: ListedCommand,
): void {
  const stub = program.command(`${name} ${usage}`.trim(), { hidden }).description(description);
  if (hasOptions) stub.option('--json');
}

/** Options that mean something when they are empty. */
const MAY_BE_EMPTY = new Set(['stream', 'process', 'type']);

/**
 * An empty value is nearly always a variable that was not set: `--root "$ROOT"` would otherwise mean the current folder.
 */
function refuseEmptyOptions(program: Command): void {
  program.hook('preAction', (_, command) => {
    for (const { attributeName, flags, name } of command.options.map(describeOption)) {
      if (command.getOptionValue(attributeName) !== '' || MAY_BE_EMPTY.has(name)) continue;
      if (command.getOptionValueSource(attributeName) === 'default') continue;
      command.error(`error: option '${flags}' must not be empty`);
    }
  });
}

function describeOption(option: Option) {
  return { attributeName: option.attributeName(), flags: option.flags, name: option.name() };
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
