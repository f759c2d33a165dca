/**
 * Entry point `ringwire/kekbit`: what only a port from kekbit needs.
 *
 * @module ringwire/kekbit
 */
export { type ReadIterator, type ReadResult, RetryIter, read, tryIter } from './kekbit/index.js';
