/** What an agent says about itself. The numbers are those of the wire; source: VLP, byte 3 of a frame. */
export const Status = {
  /** Working as it should. */
  Ok: 0,
  /** Working, but slowly or with losses. */
  Degraded: 1,
  /** In serious trouble, or about to end. */
  Critical: 2,
  /** Silent: what an observer concludes. An agent does not send it. */
  Stall: 3,
} as const;
export type Status = (typeof Status)[keyof typeof Status];

const LABELS = ['ok', 'degraded', 'critical', 'stall'] as const;
export type StatusLabel = (typeof LABELS)[number];

/** `'ok'`, `'degraded'`, `'critical'` or `'stall'`. */
export function statusLabel(status: Status): StatusLabel {
  return LABELS[status];
}

/** The status of a label, or undefined for any other text. */
export function statusFromLabel(label: string): Status | undefined {
  const status = (LABELS as readonly string[]).indexOf(label);
  return status < 0 ? undefined : (status as Status);
}
