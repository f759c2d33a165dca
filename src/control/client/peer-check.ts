/**
 * Whether the process that listens at a socket may be trusted with requests: it runs as this user or as root. A path
 * alone proves nothing where another user could have created it first.
 */
import type net from 'node:net';
import { peerCredentials } from '../../platform/index.js';
import { ControlError } from '../control-error.js';

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
  const { fd = -1 } = (socket as unknown as { _handle?: { fd?: number } | null })._handle ?? {};
  const peer = fd >= 0 ? peerCredentials(fd) : null;
  if (peer === null || trusted.includes(peer.uid)) return;
  throw new ControlError(
    'FOREIGN_PEER',
    `the manager at ${path} (pid ${peer.pid}) runs as user ${peer.uid}; expected user ${trusted.join(' or ')}: name its user to trust it`,
    { path },
  );
}

function ownUids(): number[] {
  const uid = process.geteuid?.();
  return uid === undefined || uid === ROOT ? [ROOT] : [uid, ROOT];
}
