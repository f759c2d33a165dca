/** Names of signals, as configurations and commands take them. */
import os from 'node:os';

/** A JSON Schema pattern of a name. */
export const SIGNAL_PATTERN = '^[A-Za-z][A-Za-z0-9]*$';

/** The signal of a name, with or without `SIG`, in any case. @throws Error for an unknown name */
export function signalNamed(text: string): NodeJS.Signals {
  const upper = text.trim().toUpperCase();
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  if (Object.hasOwn(os.constants.signals, name)) return name as NodeJS.Signals;
  throw new Error(`must be the name of a signal such as TERM, INT or QUIT, not '${text}'`);
}
