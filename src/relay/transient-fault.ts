/** A fault that another connection, or time, may mend. The relay reports it and tries again. */
export class TransientFault extends Error {}
