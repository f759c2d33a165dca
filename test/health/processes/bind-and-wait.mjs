// Observes a socket until it is killed.
import { VlpObserver } from 'ringwire/health';

VlpObserver.bind({ socket: process.argv[2], thresholdMs: 1000 });
process.send('bound');
