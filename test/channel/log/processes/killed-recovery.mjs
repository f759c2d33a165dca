// Recovers again and again until it is killed, so that it dies anywhere in the middle.
import { recoverChannel } from 'ringwire';

const [root, backend] = process.argv.slice(2);
process.send('recovering');
for (;;) recoverChannel(root, 7, { dryRun: false, close: true, cutDamage: true, backend });
