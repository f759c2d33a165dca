// node bank.mjs FOLDER deposit ACCOUNT AMOUNT | transfer FROM TO AMOUNT | balances | crash
import { spawnSync } from 'node:child_process';
import { Journal } from './journal.mjs';

const [folder = 'bank', command = 'balances', ...args] = process.argv.slice(2);
const balances = new Map();
const add = (account, amount) => balances.set(account, (balances.get(account) ?? 0) + amount);

function apply(event) {
  if (event.type === 'deposit') add(event.account, event.amount);
  else {
    add(event.from, -event.amount);
    add(event.to, event.amount);
  }
}

const changed = new Set();
function record(journal, event) {
  journal.append(event);
  apply(event);
  for (const account of [event.account, event.from, event.to]) if (account) changed.add(account);
}

switch (command) {
  case 'deposit':
    record(new Journal(folder, apply), { type: 'deposit', account: args[0], amount: Number(args[1]) });
    break;
  case 'transfer':
    record(new Journal(folder, apply), {
      type: 'transfer',
      from: args[0],
      to: args[1],
      amount: Number(args[2]),
    });
    break;
  case 'crash': {
    // In a child, so that the shell does not stop.
    const { signal } = spawnSync(process.execPath, [import.meta.filename, folder, 'crash-now']);
    if (signal !== 'SIGKILL') throw new Error(`the child ended by ${signal}`);
    break;
  }
  case 'crash-now':
    new Journal(folder, apply).crash();
    break;
  case 'balances':
    new Journal(folder, apply);
    for (const account of balances.keys()) changed.add(account);
    break;
  default:
    console.error(`unknown command ${command}`);
    process.exitCode = 2;
}
for (const account of [...changed].sort()) console.log(`${account}: ${balances.get(account)}`);
