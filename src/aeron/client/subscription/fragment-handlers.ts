/** Handlers of `poll` and its variants. Source: Aeron 1.53 `FragmentHandler`, `ControlledFragmentHandler`, `BlockHandler`. */
import type { Header } from './header.js';

/** Called per fragment; the bytes and the header are valid during the call only. */
export type FragmentHandler = (buffer: Buffer, offset: number, length: number, header: Header) => void;

/** Decision of a controlled handler about a fragment. */
export const ControlledAction = {
  /** Undo it and stop: it comes again. */
  Abort: 1,
  /** Accept it and stop. */
  Break: 2,
  /** Accept it and store the position now. */
  Commit: 3,
  /** Accept it; the position is stored at the end. */
  Continue: 4,
} as const;
export type ControlledAction = (typeof ControlledAction)[keyof typeof ControlledAction];
/** Called per fragment; a handler that returns nothing continues. */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler that returns nothing continues
export type ControlledFragmentHandler = (...fragment: Parameters<FragmentHandler>) => ControlledAction | void;

/** Called with whole frames, headers included. */
export type BlockHandler = (
  buffer: Buffer,
  offset: number,
  length: number,
  sessionId: number,
  termId: number,
) => void;
