/** Internal index of src/kekbit. The entry point of the package is src/kekbit.ts. */
export { type ReadIterator, type ReadResult, RetryIter, tryIter } from './read-iterator.js';
