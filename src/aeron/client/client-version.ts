/** Version of this client in the label of its heartbeat counter. */

/** Version of the package; a test compares it with package.json. */
export const CLIENT_VERSION = '0.1.0';
/** Aeron stores the hash of its sources here. */
export const CLIENT_COMMIT = 'ringwire';
