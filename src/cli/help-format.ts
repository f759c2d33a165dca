/** The layout of help texts in terminals of any width. */
import { type Command, Help } from 'commander';

/** Columns that a description needs beside its term; with fewer it stands below. */
const LEAST_WIDTH = 20;
const TERM_INDENT = 2;
const GAP = 2;
const BELOW_INDENT = 6;
const USUAL_WIDTH = 80;

/** Wraps the help of a program at the width of the terminal. Commands that are added later inherit it. */
export function wrapHelp(program: Command): Command {
  return program.configureHelp({ minWidthToWrap: LEAST_WIDTH, formatItem });
}

/** A term and its description: side by side where there is space, else one below the other. */
function formatItem(term: string, termWidth: number, description: string, helper: Help): string {
  const width = helper.helpWidth ?? USUAL_WIDTH;
  if (description === '' || width - termWidth - TERM_INDENT - GAP >= LEAST_WIDTH)
    return Help.prototype.formatItem.call(helper, term, termWidth, description, helper);
  const indent = ' '.repeat(BELOW_INDENT);
  const wrapped = helper.boxWrap(description, width - BELOW_INDENT).replace(/^/gm, indent);
  return `${' '.repeat(TERM_INDENT)}${term}\n${wrapped}`;
}
