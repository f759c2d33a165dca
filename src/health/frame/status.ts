/** Status of an agent: byte 3 of a frame. Source: varta-vlp. */
export const Status = {
  /** Working normally. */
  Ok: 0,
  /** Working, but slowly or with losses. */
  Degraded: 1,
  /** In serious trouble, or about to end. */
  Critical: 2,
  /** Silent, as the observer concludes. In wire version 2 an agent cannot send it. */
  Stall: 3,
} as const;
/** One of {@link Status}. */
export type Status = (typeof Status)[keyof typeof Status];

const LABELS = ['ok', 'degraded', 'critical', 'stall'] as const;
/** The name of a status. */
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
