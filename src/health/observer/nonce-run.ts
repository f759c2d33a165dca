/** The nonces of one sender, and the order of its frames. Source: varta-watch. */
import type { Status } from '../frame/status.js';

/** Distance from 2^64 within which small nonces may follow. */
const WRAP_WINDOW = 0x10_0000;
const ALL_ONES = 0xffff_ffff;

/** The nonces of one sender. */
export interface Run {
  /** Whether a frame of this run was accepted. */
  begun: boolean;
  /** Highest regular nonce, in 32-bit halves. */
  nonceHigh: number;
  nonceLow: number;
  /** Whether a terminal frame was accepted; its timestamp in 32-bit halves. */
  terminal: boolean;
  terminalHigh: number;
  terminalLow: number;
}

/** The current frame in 32-bit halves. One object is reused for every frame. */
export interface FrameHalves {
  pid: number;
  status: Status;
  timestampHigh: number;
  timestampLow: number;
  nonceHigh: number;
  nonceLow: number;
  payloadHigh: number;
  payloadLow: number;
}

/** Whether a frame is the last one of a crashing process. */
export function isTerminal(frame: FrameHalves): boolean {
  return frame.nonceHigh === ALL_ONES && frame.nonceLow === ALL_ONES;
}

/** Whether a frame follows the frames of a run. */
export function isNewer(run: Run, frame: FrameHalves): boolean {
  if (!run.begun) return true;
  if (isTerminal(frame)) {
    return !run.terminal || above(frame.timestampHigh, frame.timestampLow, run.terminalHigh, run.terminalLow);
  }
  if (above(frame.nonceHigh, frame.nonceLow, run.nonceHigh, run.nonceLow)) return true;
  const nearEnd = run.nonceHigh === ALL_ONES && run.nonceLow >= ALL_ONES - WRAP_WINDOW;
  return nearEnd && frame.nonceHigh === 0 && frame.nonceLow < WRAP_WINDOW;
}

function above(high: number, low: number, thanHigh: number, thanLow: number): boolean {
  return high > thanHigh || (high === thanHigh && low > thanLow);
}

/** Adds a frame to a run. INV-TRACK-02: a terminal frame changes only the timestamp of the terminal frame. */
export function advance(run: Run, frame: FrameHalves): void {
  run.begun = true;
  if (isTerminal(frame)) {
    run.terminal = true;
    run.terminalHigh = frame.timestampHigh;
    run.terminalLow = frame.timestampLow;
  } else {
    run.nonceHigh = frame.nonceHigh;
    run.nonceLow = frame.nonceLow;
  }
}

/** Resets a run: the next frame begins a new one. */
export function forgetRun(run: Run): void {
  run.begun = false;
  run.nonceHigh = 0;
  run.nonceLow = 0;
  run.terminal = false;
  run.terminalHigh = 0;
  run.terminalLow = 0;
}
