/** What the whole page knows: the session, the last snapshot, and whether the server answers. */
import { useEffect, useState } from 'preact/hooks';
import type { SessionAnswer, Snapshot } from '../../api/answers.js';
import { getJson, RequestError } from './api.js';
import { useEvents } from './event-source.js';
import { rememberRates } from './rates.js';

/** Whether the server answers. */
export type Connection = 'connecting' | 'live' | 'lost' | 'refused';

/** See {@link useLive}. */
export interface Live {
  readonly session: SessionAnswer | null;
  readonly snapshot: Snapshot | null;
  readonly connection: Connection;
}

/** Keeps the state of the page current. */
export function useLive(): Live {
  const [session, setSession] = useState<SessionAnswer | null>(null);
  const [snapshot, setSnapshot] = useState<Snapshot | null>(null);
  const [connection, setConnection] = useState<Connection>('connecting');

  const ask = (signal: AbortSignal) =>
    getJson<SessionAnswer>('/api/session', signal).then(setSession, (error: unknown) => {
      if (error instanceof RequestError && error.status === 401) setConnection('refused');
    });

  useEffect(() => {
    const ending = new AbortController();
    void ask(ending.signal);
    return () => ending.abort();
  }, []);

  useEvents<Snapshot>(
    '/api/events',
    'snapshot',
    (next) => {
      rememberRates(next);
      setSnapshot(next);
    },
    (isOpen) => {
      setConnection(isOpen ? 'live' : 'lost');
      // After a restart the server may have another token, version or action key.
      void ask(AbortSignal.timeout(5000));
    },
  );
  return { session, snapshot, connection };
}
