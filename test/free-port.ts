/**
 * A port of the loopback that no process listens to.
 *
 * It lies below the ports that the kernel gives to outgoing connections. From those, another connection could take the
 * port before the server of the test does, and a client that keeps trying to connect could even connect to itself.
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';

const LOWEST = 10_000;
const FIRST_OUTGOING = firstOutgoingPort();
/** No port twice in one process. */
const given = new Set<number>();

export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, FIRST_OUTGOING);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port, host)) return port;
  }
}

async function isFree(port: number, host: string): Promise<boolean> {
  const server = net.createServer().listen(port, host);
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

function firstOutgoingPort(): number {
  const file = '/proc/sys/net/ipv4/ip_local_port_range';
  if (!fs.existsSync(file)) return 32_768;
  const first = Number.parseInt(fs.readFileSync(file, 'utf8'), 10);
  // Where nearly all ports are outgoing, the choice is as good as any.
  return first > 2 * LOWEST ? first : 65_536;
}
