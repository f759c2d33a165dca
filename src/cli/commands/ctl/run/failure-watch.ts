/** Notices the first process that fails for good, for `ctl run --abort-on-failure`. */
import type { ControlEvent } from '../../../../control/index.js';
import type { Manager } from '../../../../supervisor/index.js';

/**
 * Calls `onFailure` at the first process that ends in `failed`, or crashes without a restart to follow.
 * @returns ends the watch
 */
export function watchFailures(manager: Manager, onFailure: (id: string) => void): () => void {
  const end = () => manager.off('event', onEvent);
  const report = (id: string) => {
    end();
    onFailure(id);
  };
  const onEvent = ({ id, type }: ControlEvent) => {
    if (type === 'process.failed') report(id);
    if (type !== 'process.crashed') return;
    // The restart policy decides right after the event.
    queueMicrotask(() => {
      if (manager.list().some((entry) => entry.id === id && entry.state === 'crashed')) report(id);
    });
  };
  manager.on('event', onEvent);
  return end;
}
