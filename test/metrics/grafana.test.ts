/** The dashboard and the alerts name only metrics and labels that exist. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { METRICS } from '../../src/metrics/index.js';
import { run } from '../child.js';
import { REPOSITORY } from '../docs/documents.js';

const FOLDER = path.join(REPOSITORY, 'docs/grafana');
const ALERTS = path.join(FOLDER, 'alerts.yml');
/** Labels that Prometheus adds. */
const ADDED = ['instance', 'job'];

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: Readonly<Record<string, string>>;
}

const rules = (parse(fs.readFileSync(ALERTS, 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const dashboard = fs.readFileSync(path.join(FOLDER, 'ringwire.json'), 'utf8');
const { panels } = JSON.parse(dashboard) as {
  panels: { title: string; targets?: { expr: string; legendFormat: string }[] }[];
};
const targets = panels.flatMap(({ title, targets = [] }) => targets.map((target) => ({ title, ...target })));

function expectKnown(expression: string, texts: readonly string[]): void {
  const names = expression.match(/ringwire_\w+/g) ?? [];
  expect(names.length, expression).toBeGreaterThan(0);
  const labels = [...ADDED];
  for (const name of names) {
    const metric = METRICS.find((found) => found.name === name);
    expect(metric, name).toBeDefined();
    labels.push(...(metric?.labels ?? []));
  }
  const matched = [...expression.matchAll(/[{,](\w+)(?:=|!)/g)].map(([, label]) => label);
  const grouped = [...expression.matchAll(/by \((\w+)\)/g)].map(([, label]) => label);
  const shown = texts.flatMap((text) =>
    [...text.matchAll(/\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}/g)].map(([, label]) => label),
  );
  for (const label of [...matched, ...grouped, ...shown]) expect(labels, expression).toContain(label);
}

describe('the alerts', () => {
  test('cover a dead writer, lag, lost records, a crash loop and a stalled agent', () => {
    expect(rules.map(({ alert }) => alert)).toEqual(
      expect.arrayContaining([
        ...['RingwireWriterDead', 'RingwireReaderLag', 'RingwireRecordsLost'],
        ...['RingwireCrashLoop', 'RingwireAgentStalled'],
      ]),
    );
  });

  test.each(rules)('$alert names metrics and labels that exist', ({ expr, annotations }) => {
    expectKnown(expr, Object.values(annotations));
  });

  const promtool = fs.existsSync('/usr/bin/promtool');
  test.skipIf(!promtool)('promtool accepts the rules (skipped without promtool)', async () => {
    const { code, stdout, stderr } = await run('promtool', ['check', 'rules', ALERTS]);
    expect(stdout + stderr).toContain(`${rules.length} rules found`);
    expect(code).toBe(0);
  });
});

describe('the dashboard', () => {
  test.each(targets)('"$title" names metrics and labels that exist', ({ expr, legendFormat }) => {
    expectKnown(expr, [legendFormat]);
  });

  test('offers the labels of a metric that exists to choose from', () => {
    const names = new Set(dashboard.match(/ringwire_\w+/g));
    for (const name of names) expect(METRICS.map((metric) => metric.name)).toContain(name);
  });
});
