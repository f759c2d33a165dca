/** Events of the server, over reconnections. */
import { useEffect, useRef } from 'preact/hooks';

const RETRY_MILLIS = 2000;

/**
 * Receives events while the component is shown. `path` null: none.
 * @param onEvent returns true after the last event: the stream is then closed, and not opened again
 * @param onState called with true when the stream opens, with false when it breaks
 */
export function useEvents<T>(
  path: string | null,
  name: string,
  onEvent: (value: T) => unknown,
  onState: (isOpen: boolean) => void = () => {},
): void {
  const handlers = useRef({ onEvent, onState });
  handlers.current = { onEvent, onState };
  useEffect(() => {
    if (path === null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let source: EventSource;
    const open = () => {
      source = new EventSource(path);
      source.onopen = () => handlers.current.onState(true);
      source.addEventListener(name, (event) => {
        if (handlers.current.onEvent(JSON.parse(event.data) as T) === true) source.close();
      });
      source.onerror = () => {
        handlers.current.onState(false);
        // The browser reconnects after a broken stream, but not after a refusal.
        if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, RETRY_MILLIS);
      };
    };
    open();
    return () => {
      clearTimeout(timer);
      source.close();
    };
  }, [path, name]);
}
