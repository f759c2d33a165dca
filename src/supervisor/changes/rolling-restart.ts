/** Restarts processes one after the other, so that the others serve meanwhile. */
import { ControlError, refusal } from '../../control/index.js';
import { reasonOf } from '../../platform/index.js';
import type { ProcessRegistry } from '../process-registry.js';

/**
 * Stops and starts each process; the next one only when this one is ready.
 * @throws ControlError `NOT_FOUND`, `SHUTTING_DOWN`; `REFUSED` with the id of the first that fails: the rest is not
 * restarted then
 */
export async function restartInTurn(registry: ProcessRegistry, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) throw refusal('NOT_FOUND');
  for (const [i, id] of ids.entries()) {
    try {
      const process = registry.get(id);
      registry.refuseIfClosed();
      if (process.state !== 'pending') await process.stop();
      await registry.start(id);
    } catch (error) {
      if (ids.length === 1) throw error;
      const left = ids.slice(i + 1);
      const rest = left.length === 0 ? '' : `; not restarted: ${left.join(', ')}`;
      throw new ControlError('REFUSED', `cliwrap: ${id}: ${reasonOf(error)}${rest}`, { cause: error });
    }
  }
}
