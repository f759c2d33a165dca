/** Handlers of `poll` and its variants. Source: Aeron 1.53 `FragmentHandler`, `ControlledFragmentHandler`, `BlockHandler`. */
import type { Header } from './header.js';

/** Called for each fragment. The bytes and the header are valid during the call only. */
export type FragmentHandler = (buffer: Buffer, offset: number, length: number, header: Header) => void;

/** Decision of a controlled handler about a fragment. Source: Aeron 1.53 `ControlledFragmentHandler.Action`. */
export const ControlledAction = {
  /** Do not consume it, and stop: the next poll delivers it again. */
  Abort: 1,
  /** Accept it and stop. */
  Break: 2,
  /** Accept it, store the position now and continue. */
  Commit: 3,
  /** Accept it and continue; the position is stored at the end of the poll. */
  Continue: 4,
} as const;
/** One of {@link ControlledAction}. */
export type ControlledAction = (typeof ControlledAction)[keyof typeof ControlledAction];
/** Called for each fragment. A handler that returns nothing continues. */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler that returns nothing continues
export type ControlledFragmentHandler = (...fragment: Parameters<FragmentHandler>) => ControlledAction | void;

/** Called with whole frames, headers included; valid during the call only. */
export type BlockHandler = (
  buffer: Buffer,
  offset: number,
  length: number,
  sessionId: number,
  termId: number,
) => void;
