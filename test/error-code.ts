import { RingwireError } from '../src/platform/index.js';

/** The code of the RingwireError that a call throws, `none` where it throws nothing. @throws any other error */
export function codeOf(call: () => unknown): string {
  try {
    call();
    return 'none';
  } catch (error) {
    if (error instanceof RingwireError) return error.code;
    throw error;
  }
}
