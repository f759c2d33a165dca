/** Rows and families of Prometheus text 0.0.4. */

/** Values of a family by their labels. */
export type Rows = readonly (readonly [labels: string, value: number])[];

/** The only row of a family without labels. */
export function one(value: number): Rows {
  return [['', value]];
}

/** A counter without labels. */
export function counter(name: string, help: string, value: number): string {
  return family(name, 'counter', help, one(value));
}

/** A family: help text, type and rows. */
export function family(name: string, type: string, help: string, rows: Rows): string {
  const lines = rows.map(([labels, value]) => `${name}${labels} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}
