/** Internal index of src/pino: what other modules of src import. The entry point of the package is src/pino.ts. */
export { type PinoTransportOptions, pinoTransport as default } from './pino-transport.js';
