/**
 * Entry point `ringwire/pino`: a transport of the logger pino. pino loads the default export in its worker thread.
 *
 * @module ringwire/pino
 */
export { default, type PinoTransportOptions } from './pino/index.js';
