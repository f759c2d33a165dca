/**
 * Whether the process at the other end of a socket runs as a trusted user. For a client, a path alone proves nothing
 * where another user could have created it first. For a server, its socket may be open to users that must not decide
 * which commands it runs.
 */
import type net from 'node:net';
import { type PeerCredentials, peerCredentials } from '../platform/index.js';
import { ControlError } from './control-error.js';

const ROOT = 0;

/**
 * Refuses a connected socket whose peer runs as another user. Accepts it where the operating system does not report
 * the peer.
 * @param trusted user ids; default: that of this process, and root
 * @throws ControlError `FOREIGN_PEER`
 */
export function requireTrustedPeer(
  socket: net.Socket,
  path: string,
  trusted: readonly number[] = ownUids(),
): void {
  const peer = peerOf(socket);
  if (peer === null || trusted.includes(peer.uid)) return;
  throw new ControlError(
    'FOREIGN_PEER',
    `the manager at ${path} (pid ${peer.pid}) runs as user ${peer.uid}; expected user ${trusted.join(' or ')}: name its user to trust it`,
    { path },
  );
}

/** Whether the peer runs as this user or as root; also true where the operating system does not report it. */
export function isOwnUser(socket: net.Socket): boolean {
  const peer = peerOf(socket);
  return peer === null || ownUids().includes(peer.uid);
}

function peerOf(socket: net.Socket): PeerCredentials | null {
  const { fd = -1 } = (socket as unknown as { _handle?: { fd?: number } | null })._handle ?? {};
  return fd >= 0 ? peerCredentials(fd) : null;
}

function ownUids(): number[] {
  const uid = process.geteuid?.();
  return uid === undefined || uid === ROOT ? [ROOT] : [uid, ROOT];
}
