/** Documents that are loaded again and again while a component is shown. */
import { useEffect } from 'preact/hooks';
import { getJson } from './api.js';

/** Passes the document at `path` to `take` now and every `millis` milliseconds. A failure leaves the last one in place. */
export function useReloaded<T>(path: string, millis: number, take: (loaded: T) => void): void {
  useEffect(() => {
    const ending = new AbortController();
    const load = () => getJson<T>(path, ending.signal).then(take, () => {});
    void load();
    const timer = setInterval(load, millis);
    return () => {
      clearInterval(timer);
      ending.abort();
    };
  }, [path]);
}
