/** The images of a client. The driver announces images and their end. */
import type * as responses from '../../layout/response-layouts.js';
import type { ErrorReporter } from '../error-reporter.js';
import type { LogBuffers } from '../log-buffers.js';
import { Image } from '../subscription/image.js';
import type { Subscription } from '../subscription/subscription.js';
import type { DriverFiles } from './driver-files.js';
import type { LogPool } from './log-pool.js';

type AvailableImage = NonNullable<ReturnType<typeof responses.ON_AVAILABLE_IMAGE.decode>>;

/** Images of a client with their logs. */
export class ClientImages {
  readonly #files: DriverFiles;
  readonly #logs: LogPool;
  readonly #reporter: ErrorReporter;
  readonly #imageLogs = new Map<Image, LogBuffers>();

  constructor(files: DriverFiles, logs: LogPool, reporter: ErrorReporter) {
    this.#files = files;
    this.#logs = logs;
    this.#reporter = reporter;
  }

  /** Creates an image that the driver announced; reports an error of its log. */
  add(subscription: Subscription, ready: AvailableImage): void {
    if (subscription.images.some((image) => image.correlationId === ready.correlationId)) return;
    try {
      const image = this.#logs.use(
        ready.logFile,
        () => {},
        (log) => {
          const made = new Image({
            correlationId: ready.correlationId,
            sessionId: ready.sessionId,
            sourceIdentity: ready.sourceIdentity,
            subscription,
            log,
            counter: this.#files.counterSlot(ready.subscriberPositionId),
            counterRegistrationId: ready.subscriptionRegistrationId,
            subscriberPositionId: ready.subscriberPositionId,
          });
          this.#imageLogs.set(made, log);
          return made;
        },
      );
      this.#reporter.guard(() => subscription.addImage(image));
    } catch (error) {
      this.#reporter.report(error as Error);
    }
  }

  /** Closes an image and releases its log. */
  drop(subscription: Subscription, correlationId: bigint): void {
    const dropped = subscription.images.find((image) => image.correlationId === correlationId);
    if (dropped === undefined) return;
    this.#reporter.guard(() => subscription.removeImage(correlationId));
    const log = this.#imageLogs.get(dropped);
    this.#imageLogs.delete(dropped);
    if (log !== undefined) this.#logs.release(log, performance.now());
  }
}
