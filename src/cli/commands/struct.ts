/** `ringwire struct`: prints the declarations of structs for other languages. */
import { type Command, Option } from 'commander';
import { declareC, declarePython, declareRust } from '../../structs/index.js';
import { printJson, printText } from '../print.js';
import { structsOf } from '../struct-module.js';

const DECLARE = { c: declareC, python: declarePython, rust: declareRust } as const;
type Language = keyof typeof DECLARE;

/** Adds the command to the program. */
export function registerStruct(program: Command): void {
  program
    .command('struct')
    .description('print the declarations of the structs that a module exports')
    .argument('<module>', 'JavaScript module that exports structs')
    .addOption(new Option('--c', 'C11 and C++17 (default)').implies({ language: 'c' }))
    .addOption(new Option('--python', 'Python: a ctypes.Structure').implies({ language: 'python' }))
    .addOption(new Option('--rust', 'Rust: a #[repr(C)] struct').implies({ language: 'rust' }))
    .option('--json', 'print names, sizes, offsets and tags as JSON')
    .addHelpText('after', '\nThe module is executed: use only one that you trust. docs/guides/structs.md.')
    .action(printStructs);
}

async function printStructs(module: string, options: { language?: Language; json?: boolean }): Promise<void> {
  const structs = await structsOf(module);
  if (options.json) {
    printJson(
      structs.map(({ name, tagged, recordLength, layout }) => ({
        name,
        tagged,
        recordLength,
        size: layout.size,
        version: layout.version,
        tag: tagged ? layout.tags.at(-1) : null,
        fields: layout.fields.map(({ name: field, offset, type }) => ({
          name: field,
          offset,
          size: type.size,
        })),
      })),
    );
    return;
  }
  const declare = DECLARE[options.language ?? 'c'];
  printText(structs.map((one) => declare(one)).join('\n'));
}
