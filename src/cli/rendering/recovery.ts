/** The output of `ringwire recover`. */
import type { RecoveryAction, RecoveryReport } from '../../channel/index.js';
import { coloursFor } from './colours.js';
import { bytes, count, counted } from './quantities.js';
import { renderFields } from './table.js';

const ACTIONS: Record<RecoveryAction, string> = {
  'cut-damage': 'cut the damage off after the last sound record',
  'clear-residue': 'clear what an unfinished record left after the last one',
  close: 'write the end marker',
};

/** The report as fields. */
export function renderRecovery(report: RecoveryReport): string {
  const colours = coloursFor(process.stdout);
  const { actions, dryRun, error, backup } = report;
  const fields: [string, string][] = [
    ['file', report.path],
    ['records', `${count(report.records)}, ${bytes(report.payloadBytes)}`],
    ['heartbeats', count(report.heartbeats)],
    ['end', `${report.end}, at position ${count(report.position)}`],
    ['residue', counted(report.residueBytes, 'byte')],
  ];
  if (error !== null) fields.push(['damage', colours.red(`${error.code}: ${error.message}`)]);
  if (actions.length === 0) fields.push([dryRun ? 'would do' : 'done', 'nothing']);
  for (const action of actions)
    fields.push([dryRun ? 'would do' : 'done', dryRun ? ACTIONS[action] : colours.green(ACTIONS[action])]);
  if (backup !== null) fields.push(['copy', backup]);
  return `${renderFields(fields, colours)}\n`;
}
