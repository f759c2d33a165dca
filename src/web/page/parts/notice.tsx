/** What is wrong with the connection or with the source of a tab. */
import type { Snapshot } from '../../api/answers.js';
import type { Live } from '../live/use-live.js';
import type { TabName } from '../live/use-route.js';

const SOURCES: Readonly<Record<TabName, Snapshot['faults'][number]['source']>> = {
  channels: 'channels',
  processes: 'processes',
  health: 'agents',
  aeron: 'aeron',
};

/** The notices of a tab, above its content. */
export function Notice({ live, tab }: { readonly live: Live; readonly tab: TabName }) {
  const { connection, snapshot } = live;
  const faults = snapshot?.faults.filter(({ source }) => source === SOURCES[tab]) ?? [];
  return (
    <>
      {connection === 'refused' && (
        <p class="notice bad" role="alert">
          The server does not know this browser. Open the URL that <code>ringwire web</code> printed.
        </p>
      )}
      {connection === 'lost' && (
        <p class="notice warn" role="alert">
          The connection is lost; the figures are old.
        </p>
      )}
      {faults.map(({ message }) => (
        <p class="notice warn" key={message}>
          {message}
        </p>
      ))}
    </>
  );
}
