/**
 * The process at the other end of a connected Unix stream socket, as the kernel recorded it at `connect` or `listen`.
 * Source: `struct ucred` (pid i32, uid u32, gid u32), unix(7) `SO_PEERCRED`.
 */
import { libc, SO_PEERCRED, SOL_SOCKET } from '../libc.js';

const UCRED_SIZE = 12;

/** Identity of a peer. */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** Identity of the peer of a socket; null when the operating system does not report it. */
export function peerCredentials(fd: number): PeerCredentials | null {
  if (process.platform !== 'linux') return null;
  const credentials = Buffer.alloc(UCRED_SIZE);
  const length = Buffer.from([UCRED_SIZE, 0, 0, 0]);
  if (libc().getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, length) !== 0) return null;
  return {
    pid: credentials.readInt32LE(0),
    uid: credentials.readUInt32LE(4),
    gid: credentials.readUInt32LE(8),
  };
}
