/** Where the server of a relay is, and how it authenticates. Needs no type of the Redis client. */

/** A Redis server. Secrets come from files or from the environment. */
export interface RedisServer {
  /**
   * `redis://host:port`, or `rediss://host:port` for TLS, without user and password. Default `redis://127.0.0.1:6379`.
   */
  readonly server?: string;
  /** Name of an ACL user; default: `REDIS_USER`, else the default user of the server. */
  readonly user?: string;
  /** File with the password; default: the password in `REDIS_PASSWORD`. */
  readonly passwordFile?: string;
  /** PEM file with the certificates of the authorities that sign for a `rediss://` server; default: those of Node. */
  readonly caFile?: string;
  /** Ends the relay, which another one may then continue. */
  readonly signal?: AbortSignal;
}
