/** Finds a block of whole frames. Source: Aeron 1.53 `TermBlockScanner`. */
import { alignFrame, FRAME_HEADER_LENGTH, FrameType } from '../../layout/frame-layout.js';

/**
 * The length of a block of whole frames. A block stops before padding, unless the padding is its first frame, and
 * before a damaged frame.
 * @param i32 the log; `base`: offset of the term in it, in bytes
 * @param from offset of the block in the term; `end`: latest end of the block
 * @returns bytes of the frames, or -1 when the first frame is damaged
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
