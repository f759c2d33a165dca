// Starts the watchdog and blocks the event loop for ever.
import { SelfWatchdog } from 'ringwire/health';

new SelfWatchdog(1);
setTimeout(() => {
  for (;;);
}, 500);
