// @ts-check
import os from 'node:os';

/** The machine on which the figures are measured. @param {import('./topology.mjs').Places} places */
export function describeMachine(places) {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    kernel: `${os.type()} ${os.release()}`,
    arch: process.arch,
    node: process.version,
    v8: process.versions.v8,
    date: new Date().toISOString(),
    places,
  };
}
