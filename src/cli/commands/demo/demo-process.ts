/** Common parts of the writer process and the reader process of the demo. */
import { rmSync } from 'node:fs';
import { type DemoPlan, nextOrder, sendReport } from './demo-messages.js';

/** Waits for the plan, runs `work` on it and reports errors; ends when the command has ended. */
export async function runDemoProcess(work: (plan: DemoPlan) => Promise<void>): Promise<void> {
  // The terminal sends SIGINT to the whole group; the command decides, and ends its processes.
  process.on('SIGINT', () => {});
  let root: string | undefined;
  process.on('disconnect', () => {
    // The command died before it removed the folder.
    if (root !== undefined) rmSync(root, { recursive: true, force: true });
    process.exit(1);
  });
  const order = await nextOrder();
  if (order.order !== 'begin') throw new Error('the demo must begin with its plan');
  root = order.plan.root;
  try {
    await work(order.plan);
  } catch (error) {
    sendReport({ report: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
}

/** One turn of the event loop, so that messages and signals are handled. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
