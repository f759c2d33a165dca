/** Pauses of the commands that poll; during each the event loop handles signals and runs the conductor. */

/** Resolves in the next turn of the event loop. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Resolves after a millisecond. */
export const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
