/** Length of a block of whole frames. Source: Aeron 1.53 `TermBlockScanner`. */
import { alignFrame, FRAME_HEADER_LENGTH, FrameType } from '../../layout/frame-layout.js';

/**
 * Padding ends a block and is not part of it, unless it is the first frame.
 * @param i32 the log; `base`: first byte of the term
 * @param from start of the block in the term; `end`: its latest end
 * @returns bytes of the frames, or -1 when the first frame is damaged: sound frames before a damaged one come first
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
