/** The entry point `ringwire/kekbit`: what only a port from kekbit needs. */
export { type ReadIterator, type ReadResult, RetryIter, tryIter } from './read-iterator.js';
