/** Compares options of an opening with the header of an existing channel. */
import { RingwireError } from '../../platform/index.js';
import type { ChannelHeader } from './header-layout.js';

/** Header fields that every writer must agree on. `writerId` identifies the creator and may differ. */
const FIXED = ['capacity', 'maxMessageLength', 'timeout', 'tickUnit'] as const;

/**
 * Refuses options that differ from the header of an existing channel. `asked`: the resolved options.
 * @throws RingwireError `INVALID_ARGUMENT`, naming both values of each field
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
