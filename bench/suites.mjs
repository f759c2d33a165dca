// @ts-check
/** Every suite: how it is measured, and how its results are shown. */
import { aeronTables } from './report/aeron-tables.mjs';
import { attackTables, followTables } from './report/control-tables.mjs';
import { healthTables } from './report/health-tables.mjs';
import { inProcessTables } from './report/in-process-tables.mjs';
import { jobTables } from './report/job-tables.mjs';
import {
  allocationTables,
  doorbellTables,
  rivalTables,
  roundTripTables,
  singleOperationTables,
} from './report/log-tables.mjs';
import { metricsTables } from './report/metrics-tables.mjs';
import { natsTables } from './report/nats-tables.mjs';
import { peerTables } from './report/peer-tables.mjs';
import { scalingTables } from './report/scaling-tables.mjs';
import { startupTables } from './report/startup-tables.mjs';
import { structTables } from './report/struct-tables.mjs';
import { ringTables, throughputTables, wakeUpTables } from './report/two-process-tables.mjs';

import { measureAeron } from './suites/aeron.mjs';
import { measureAllocation } from './suites/allocation.mjs';
import { measureDoorbell } from './suites/doorbell.mjs';
import { measureFollowLog } from './suites/follow-log.mjs';
import { measureHealth } from './suites/health.mjs';
import { measureHostileMemory } from './suites/hostile-memory.mjs';
import { measureInProcess } from './suites/in-process.mjs';
import { measureJobs } from './suites/jobs.mjs';
import { measureMetrics } from './suites/metrics.mjs';
import { measureNats } from './suites/nats.mjs';
import { measurePeers } from './suites/peers.mjs';
import { measureRing } from './suites/ring.mjs';
import { measureRivals } from './suites/rivals.mjs';
import { measureRoundTrips } from './suites/round-trips.mjs';
import { measureScaling } from './suites/scaling.mjs';
import { measureSingleOperations } from './suites/single-operations.mjs';
import { measureStartup } from './suites/startup.mjs';
import { measureStructs } from './suites/structs.mjs';
import { measureThroughput } from './suites/throughput.mjs';
import { measureWakeUps } from './suites/wake-ups.mjs';

/**
 * @typedef {object} Suite
 * @property {(context: import('./context.mjs').Context) => Promise<any>} measure verifies its records, or throws
 * @property {(results: any, all: Record<string, any>) => import('./report/tables.mjs').Table[]} tables
 */

/** By name, in the order in which they run. A suite is the file of its name in suites/. @type {Record<string, Suite>} */
export const SUITES = {
  'in-process': { measure: measureInProcess, tables: inProcessTables },
  throughput: { measure: measureThroughput, tables: throughputTables },
  'round-trips': { measure: measureRoundTrips, tables: roundTripTables },
  rivals: { measure: measureRivals, tables: rivalTables },
  jobs: { measure: measureJobs, tables: jobTables },
  doorbell: { measure: measureDoorbell, tables: doorbellTables },
  allocation: { measure: measureAllocation, tables: allocationTables },
  'single-operations': { measure: measureSingleOperations, tables: singleOperationTables },
  ring: { measure: measureRing, tables: ringTables },
  scaling: { measure: measureScaling, tables: scalingTables },
  'wake-ups': { measure: measureWakeUps, tables: wakeUpTables },
  peers: { measure: measurePeers, tables: peerTables },
  structs: { measure: measureStructs, tables: structTables },
  aeron: { measure: measureAeron, tables: aeronTables },
  nats: { measure: measureNats, tables: natsTables },
  health: { measure: measureHealth, tables: healthTables },
  metrics: { measure: measureMetrics, tables: metricsTables },
  'follow-log': { measure: measureFollowLog, tables: followTables },
  startup: { measure: measureStartup, tables: startupTables },
  'hostile-memory': { measure: measureHostileMemory, tables: attackTables },
};
