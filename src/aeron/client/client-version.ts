/** How this client names itself in the label of its heartbeat counter, as the original does. */

/** Version of the package; a test compares it with package.json. */
export const CLIENT_VERSION = '0.1.0';
/** The original puts the hash of its sources here. */
export const CLIENT_COMMIT = 'ringwire';
