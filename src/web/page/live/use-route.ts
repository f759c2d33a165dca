/** Which part of the page is shown, from the fragment of the address: `#/channels/7`. */
import { useEffect, useState } from 'preact/hooks';

/** Names of the tabs, in their order. */
export const TABS = ['channels', 'processes', 'health', 'aeron'] as const;
/** One of {@link TABS}. */
export type TabName = (typeof TABS)[number];

/** A tab, and the id of what it shows in detail. */
export interface PageRoute {
  readonly tab: TabName;
  readonly id: string | null;
}

/** The address of a tab or of a detail. */
export function addressOf(tab: TabName, id?: string): string {
  return id === undefined ? `#/${tab}` : `#/${tab}/${encodeURIComponent(id)}`;
}

/** The current route. */
export function useRoute(): PageRoute {
  const [route, setRoute] = useState(readRoute);
  useEffect(() => {
    const change = () => setRoute(readRoute());
    window.addEventListener('hashchange', change);
    return () => window.removeEventListener('hashchange', change);
  }, []);
  return route;
}

function readRoute(): PageRoute {
  const [, name = '', id] = location.hash.split('/');
  const tab = TABS.find((candidate) => candidate === name) ?? 'channels';
  return { tab, id: id === undefined || id === '' ? null : decoded(id) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
