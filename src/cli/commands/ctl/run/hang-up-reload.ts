/** `ctl run --reload-on-hup`: SIGHUP reloads the configuration. */
import { reasonOf } from '../../../../platform/index.js';
import { type Manager, readConfiguration } from '../../../../supervisor/index.js';
import { printNote } from '../../../print.js';
import { reloadSummary, reloadText } from '../../../rendering/ctl/reload-report.js';
import type { RunPrinter } from './run-printer.js';
import type { ServiceNotifier } from './service-notifier.js';

/** The parts of a run that a reload needs. */
export interface ReloadParts {
  readonly file: string;
  readonly manager: Manager;
  readonly printer: RunPrinter;
  readonly notifier: ServiceNotifier;
}

/** Reloads one after the other. A request during a reload, or during the start, causes one more reload after it. */
export class HangUpReload {
  #parts: ReloadParts | null = null;
  #isWanted = false;
  #isBusy = false;

  /** Reloads as soon as possible. */
  request(): void {
    this.#isWanted = true;
    void this.#work();
  }

  /** The start is complete. */
  enable(parts: ReloadParts): void {
    this.#parts = parts;
    void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#parts === null || this.#isBusy) return;
    this.#isBusy = true;
    while (this.#isWanted) {
      this.#isWanted = false;
      await reload(this.#parts);
    }
    this.#isBusy = false;
  }
}

/** Never throws: with a wrong file everything stays as it is. */
async function reload({ file, manager, printer, notifier }: ReloadParts): Promise<void> {
  notifier.reloading();
  try {
    const { processes, ignored } = readConfiguration(file);
    for (const key of ignored) printNote(`${file}: ${key} has no effect here`);
    const report = await manager.reload(processes);
    printer.print(reloadText(report));
    for (const { id, reason } of report.failures) printNote(`${id}: ${reason}`);
    printer.print(`ringwire: ${reloadSummary(report) === null ? 'nothing to reload' : 'reloaded'}\n`);
  } catch (error) {
    printNote(`not reloaded: ${reasonOf(error)}`);
  } finally {
    notifier.ready();
  }
}
