/** Internal index of src/web: the server and page of `ringwire web`. */
export { ProcessControl } from './processes/process-control.js';
export type { WebOptions } from './server/web-options.js';
export { WebServer } from './server/web-server.js';
