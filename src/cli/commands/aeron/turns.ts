/** Waits of the commands that poll: each gives the event loop a turn, so that signals and the conductor run. */

/** The next turn of the event loop. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A millisecond later. */
export const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
