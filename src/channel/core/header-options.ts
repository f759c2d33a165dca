/** Options that a file fixes when it is created, against those of a later opening. */
import { RingwireError } from '../../platform/index.js';
import type { ChannelHeader } from './header-layout.js';

/** What the header of a channel fixes for every writer. `writerId` names the writer that created it and may differ. */
const FIXED = ['capacity', 'maxMessageLength', 'timeout', 'tickUnit'] as const;

/**
 * Refuses options that differ from those in the header of an existing channel. `asked`: the options, resolved. `more`:
 * further fields of the header to compare.
 * @throws RingwireError `INVALID_ARGUMENT`, naming both values of each
 */
export function refuseOtherOptions<Header extends Pick<ChannelHeader, (typeof FIXED)[number]>>(
  path: string,
  existing: Header,
  asked: Header,
  more: readonly (keyof Header & string)[] = [],
): void {
  const differing = [...FIXED, ...more].filter((name) => existing[name] !== asked[name]);
  if (differing.length === 0) return;
  const each = differing.map((name) => `${name} ${existing[name]}, not ${asked[name]}`).join('; ');
  const message = `${path} was created with ${each}: pass the values of the file, or use another channel id`;
  throw new RingwireError('INVALID_ARGUMENT', message, { path });
}
