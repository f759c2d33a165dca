// @ts-check
/** The far end of every transport: verifies each record, and answers. */
import { Verifier } from '../record-content.mjs';
import { RECORD_LENGTH } from './link.mjs';

/**
 * @param {import('./link.mjs').Link} link
 * @param {number[]} answerAfter counts of records after which one is sent back; empty: every record is sent back
 */
export function answer(link, answerAfter) {
  const verifier = new Verifier(RECORD_LENGTH);
  link.onRecord((record) => {
    verifier.check(record);
    if (answerAfter.length === 0 || answerAfter.includes(verifier.count)) {
      void link.send(Buffer.from(record));
      void link.flush?.();
    }
  });
}
