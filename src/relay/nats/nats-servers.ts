/** Where the servers of a relay are, and how it authenticates. Needs no type of the NATS client. */

/** Files of PEM text for TLS. Without them a server that requires TLS is checked with the certificates of Node. */
export interface NatsTls {
  /** Certificates of the authorities that sign for the servers. */
  readonly caFile?: string;
  /** Certificate of this client, for servers that verify clients. */
  readonly certFile?: string;
  /** Private key of this client. */
  readonly keyFile?: string;
}

/** Where the servers are. Secrets come from files or from the environment. */
export interface NatsServers {
  /**
   * `nats://host:port` or `tls://host:port`, one or several of a cluster, without user and password. Default
   * `nats://127.0.0.1:4222`.
   */
  readonly servers?: string | readonly string[];
  /** File with the credentials of a user, a JWT and its seed; default: the file that `NATS_CREDS` names. */
  readonly credentialsFile?: string;
  /** File with the seed of an nkey; default: the file that `NATS_NKEY` names. */
  readonly nkeyFile?: string;
  /** File with a token; default: the token in `NATS_TOKEN`. */
  readonly tokenFile?: string;
  /** Name of a user; default: `NATS_USER`. The password is in `passwordFile`, or in `NATS_PASSWORD`. */
  readonly user?: string;
  /** File with the password of `user`. */
  readonly passwordFile?: string;
  /** Encrypt, and check the certificate of the server. */
  readonly tls?: NatsTls;
  /** Ends the relay, which another one may then continue. */
  readonly signal?: AbortSignal;
}
