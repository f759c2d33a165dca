/** How far a block of whole frames reaches. Source: Aeron 1.53 `TermBlockScanner`. */
import { alignFrame, FRAME_HEADER_LENGTH, FrameType } from '../../layout/frame-layout.js';

/**
 * Padding ends a block and is no part of it, unless it is all there is.
 * @param i32 the log, of which the term begins at byte `base`
 * @param from offset in the term where the block begins; `end` where it must end
 * @returns bytes of the frames, or -1 when the first one cannot be: what is sound before such a frame comes first
 */
export function wholeFrames(
  i32: Int32Array,
  base: number,
  from: number,
  end: number,
  termLength: number,
): number {
  let offset = from;
  while (offset < end) {
    const word = (base + offset) / 4;
    const length = Atomics.load(i32, word);
    if (length <= 0) break;
    if (length < FRAME_HEADER_LENGTH || length > termLength - offset)
      return offset > from ? offset - from : -1;
    const next = offset + alignFrame(length);
    const padding = (i32[word + 1] as number) >>> 16 === FrameType.Padding;
    if (padding && offset === from) return next - from;
    if (padding || next > end) break;
    offset = next;
  }
  return offset - from;
}
