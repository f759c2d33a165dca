/** The frame of the page: headline, tabs, and the tab that is shown. */

import { useKeys } from './live/use-keys.js';
import { type Live, useLive } from './live/use-live.js';
import { addressOf, TABS, useRoute } from './live/use-route.js';
import { Notice } from './parts/notice.js';
import { AeronTab } from './tabs/aeron-tab.js';
import { ChannelPage } from './tabs/channel-page.js';
import { ChannelsTab } from './tabs/channels-tab.js';
import { HealthTab } from './tabs/health-tab.js';
import { ProcessesTab } from './tabs/processes-tab.js';

const TITLES = { channels: 'Channels', processes: 'Processes', health: 'Health', aeron: 'Aeron' } as const;
const CONNECTIONS = {
  connecting: 'connecting',
  live: 'live',
  lost: 'reconnecting',
  refused: 'signed out',
} as const;

/** The whole page. */
export function App() {
  const live = useLive();
  const route = useRoute();
  useKeys(route);
  const { session, snapshot, connection } = live;
  return (
    <>
      <header>
        <a class="name" href={addressOf('channels')}>
          <img src="/icon.svg" alt="" width="22" height="22" />
          ringwire
        </a>
        <nav aria-label="Tabs">
          {TABS.map((tab, i) => (
            <a
              key={tab}
              href={addressOf(tab)}
              aria-current={tab === route.tab ? 'page' : undefined}
              title={`Key ${i + 1}`}
            >
              {TITLES[tab]}
              <Count live={live} tab={tab} />
            </a>
          ))}
        </nav>
        <p class="where">
          <span>{session === null ? '' : session.host}</span>
          <span class={`connection ${connection}`} role="status">
            {CONNECTIONS[connection]}
          </span>
        </p>
      </header>
      <main>
        <Notice live={live} tab={route.tab} />
        {snapshot !== null && session !== null && (
          <>
            {route.tab === 'channels' && route.id === null && (
              <ChannelsTab snapshot={snapshot} session={session} />
            )}
            {route.tab === 'channels' && route.id !== null && (
              <ChannelPage key={route.id} id={route.id} snapshot={snapshot} />
            )}
            {route.tab === 'processes' && (
              <ProcessesTab snapshot={snapshot} session={session} chosen={route.id} />
            )}
            {route.tab === 'health' && <HealthTab snapshot={snapshot} session={session} />}
            {route.tab === 'aeron' && <AeronTab snapshot={snapshot} session={session} />}
          </>
        )}
      </main>
      <footer>
        <span>
          <kbd>1</kbd>–<kbd>4</kbd> tabs
        </span>
        <span>
          <kbd>↑</kbd>
          <kbd>↓</kbd> rows
        </span>
        <span>
          <kbd>/</kbd> search
        </span>
        <span>
          <kbd>Esc</kbd> back
        </span>
        <span class="version">{session === null ? '' : `ringwire ${session.version}`}</span>
      </footer>
    </>
  );
}

function Count({ live: { snapshot }, tab }: { readonly live: Live; readonly tab: (typeof TABS)[number] }) {
  if (snapshot === null) return null;
  const { channels, processes, agents, aeron } = snapshot;
  const counts = {
    channels: channels.length,
    processes: processes.length,
    health: agents.length,
    aeron: aeron?.streams.length ?? 0,
  };
  return counts[tab] === 0 ? null : <span class="count">{counts[tab]}</span>;
}
