/**
 * A function for shells that answers what may come next on a command line. It knows commands, options and fixed values
 * by itself, and starts `ringwire complete` only for names of channels, processes and streams.
 *
 * It is called as `_ringwire_answer complete -- WORD...`, the last word being the one to complete, and prints as
 * @bomb.sh/tab expects: a line for each candidate, with a tab and its meaning, then `:` and a directive. It is written in the
 * language of sh, so that bash, zsh and (through sh) fish share it.
 */
import type { CommandWords, OptionWords, Values, Word } from './words.js';

/** Directives of @bomb.sh/tab. */
const ONLY_THESE = 4;
const FOLDERS = 16;
const FILES = 0;

/** The function for these commands. */
export function answerFunction(commands: readonly CommandWords[]): string {
  return `_ringwire_known() {
  case "$1 $2" in
${knownWords(commands)}
  *) known=no ;;
  esac
}

_ringwire_values() {
  case "$1" in
${optionValues(commands)}
  *) echo :${ONLY_THESE} ;;
  esac
}

_ringwire_arguments() {
  case "$1" in
${argumentValues(commands)}
  *) echo :${ONLY_THESE} ;;
  esac
}

_ringwire_options() {
  case "$1" in
${options(commands)}
  esac
  echo :${ONLY_THESE}
}

_ringwire_live() {
  local kind=$1
  shift
  ringwire complete "$kind" -- "$@" 2>/dev/null
}

_ringwire_answer() {
  [ -z "\${ZSH_VERSION-}" ] || emulate -L sh
  local command='' option='' place=0 ended=no known left word
  shift 2
  left=$#
  # Each word moves to the end of the list, so that the list is whole again after the loop.
  while [ "$left" -gt 1 ]; do
    word=$1
    shift
    set -- "$@" "$word"
    left=$((left - 1))
    if [ -n "$option" ]; then
      option=''
      continue
    fi
    if [ "$ended" = no ]; then
      _ringwire_known "$command" "$word"
      case "$known:$word" in
      command:*) command="$command\${command:+ }$word"; continue ;;
      option:*) option=$word; continue ;;
      *:--) ended=yes; continue ;;
      *:-?*) continue ;;
      esac
    fi
    place=$((place + 1))
  done
  word=$1
  shift
  set -- "$@" "$word"
  case "$ended:$option:$word" in
  no::--*=*) _ringwire_values "$command \${word%%=*}" "$@" ;;
  no::-*) _ringwire_options "$command" ;;
  *::*) _ringwire_arguments "$command $place" "$@" ;;
  *) _ringwire_values "$command $option" "$@" ;;
  esac
}
`;
}

/** A text as one word of sh. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Which words are commands, and which are options that take the next word. */
function knownWords(commands: readonly CommandWords[]): string {
  const subcommands = commands.flatMap(({ path, subcommands }) =>
    subcommands.map(({ word }) => `${path} ${word}`),
  );
  const withValue = commands.flatMap(({ path, options }) =>
    options
      .filter(({ values }) => values !== null)
      .flatMap(({ spellings }) => spellings.map((spelling) => `${path} ${spelling}`)),
  );
  return [branch(subcommands, 'known=command'), branch(withValue, 'known=option')].join('\n');
}

function optionValues(commands: readonly CommandWords[]): string {
  const places = commands.flatMap(({ path, options }) =>
    options.flatMap(({ spellings, values }) =>
      spellings.map((spelling) => ({ place: `${path} ${spelling}`, values })),
    ),
  );
  return branches(places.flatMap(({ place, values }) => (values === null ? [] : [{ place, values }])));
}

/** Subcommands, or the values of an argument by its place from 0. */
function argumentValues(commands: readonly CommandWords[]): string {
  const groups = commands
    .filter(({ subcommands }) => subcommands.length > 0)
    .map(({ path, subcommands }) => branch([`${path} 0`], printing(subcommands)));
  const places = commands.flatMap(({ path, arguments: all, variadic }) =>
    all.map((values, index) => {
      const repeated = variadic && index === all.length - 1;
      return { place: repeated ? `${path} ` : `${path} ${index}`, values, repeated };
    }),
  );
  const once = places.filter(({ repeated }) => !repeated);
  const repeated = places.filter((place) => place.repeated);
  return [...groups, branches(once), branches(repeated, '[0-9]*')].filter((text) => text !== '').join('\n');
}

function options(commands: readonly CommandWords[]): string {
  return commands
    .map((command) => branch([command.path], printWords(command.options.flatMap(spelled))))
    .join('\n');
}

/** The long spelling, else the short one. */
function spelled({ spellings, meaning }: OptionWords): Word[] {
  return spellings.slice(0, 1).map((word) => ({ word, meaning }));
}

/** One branch for each set of values. */
function branches(places: readonly { place: string; values: Values }[], pattern = ''): string {
  const byAction = new Map<string, string[]>();
  for (const { place, values } of places) {
    if (values === 'text') continue;
    const action = actionFor(values);
    byAction.set(action, [...(byAction.get(action) ?? []), place]);
  }
  return [...byAction].map(([action, of]) => branch(of, action, pattern)).join('\n');
}

function actionFor(values: Exclude<Values, 'text'>): string {
  if (values === 'files') return `echo :${FILES}`;
  if (values === 'folders') return `echo :${FOLDERS}`;
  if (typeof values === 'string') return `shift; _ringwire_live ${values} "$@"`;
  return printing(values.map((word) => ({ word, meaning: '' })));
}

function printing(words: readonly Word[]): string {
  return `${printWords(words)}; echo :${ONLY_THESE}`;
}

function printWords(words: readonly Word[]): string {
  const lines = words.map(({ word, meaning }) => quoted(meaning === '' ? word : `${word}\t${meaning}`));
  return `printf '%s\\n' ${lines.join(' ')}`;
}

/** A branch of `case`; `pattern` follows each text unquoted. */
function branch(texts: readonly string[], action: string, pattern = ''): string {
  if (texts.length === 0) return '';
  return `  ${texts.map((text) => `${quoted(text)}${pattern}`).join('|')}) ${action} ;;`;
}
