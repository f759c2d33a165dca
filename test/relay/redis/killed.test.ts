/**
 * Either end of a relay over Redis, and the server between them, killed at random and started again: every record is in the
 * destination exactly once, in order, intact. INV-RELAY-04, INV-RELAY-07, INV-RELAY-08.
 */
import { expect } from 'vitest';
import { DEADLINE, KILLS, RECORDS, SERVER_KILLS, survivesKills } from '../relay-kills.js';
import { itWithRedis, RedisProcess } from './redis-server.js';

const PROGRAMS = new URL('processes/', import.meta.url);

itWithRedis.for(['ring', 'journal'] as const)(
  `${RECORDS} records of a %s into a journal: ${KILLS} kills of either end and ${SERVER_KILLS} of the server`,
  { timeout: DEADLINE },
  async (kind) => {
    const server = await RedisProcess.start();
    await survivesKills(kind, server, PROGRAMS);
    expect(await server.client().xlen('records')).toBe(RECORDS);
  },
);
