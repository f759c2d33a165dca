/** Length in bytes of the word before each record. */
export const WORD = 8;
