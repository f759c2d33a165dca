/** The entry point `ringwire/pino`: a transport for the logger pino. Its default export is what pino loads in its worker thread. */
export { type PinoTransportOptions, pinoTransport as default } from './pino-transport.js';
