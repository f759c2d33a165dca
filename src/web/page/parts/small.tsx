/** Small parts that several tabs share. */
import type { ComponentChildren } from 'preact';
import { percent } from './format.js';

/** Level from which a bar is a warning, and from which it is a danger. */
const WARNING = 0.5;
const DANGER = 0.75;

const TONES: Readonly<Record<string, string>> = {
  alive: 'good',
  running: 'good',
  ok: 'good',
  active: 'good',
  late: 'warn',
  starting: 'warn',
  stopping: 'warn',
  restarting: 'warn',
  degraded: 'warn',
  pending: 'idle',
  'not-ready': 'warn',
  dead: 'bad',
  damaged: 'bad',
  unreadable: 'bad',
  crashed: 'bad',
  failed: 'bad',
  critical: 'bad',
  stall: 'bad',
  evicted: 'bad',
};

/** A state as a word with its color. */
export function State({ state }: { readonly state: string }) {
  return <span class={`state ${TONES[state] ?? 'idle'}`}>{state}</span>;
}

/** A share as a bar. `label` names it for those who do not see it. */
export function Bar({ share, label }: { readonly share: number; readonly label: string }) {
  const shown = Math.min(Math.max(share, 0), 1);
  const tone = share >= DANGER ? 'bad' : share >= WARNING ? 'warn' : 'good';
  return (
    <span class="level">
      <span class="bar" role="img" aria-label={`${label}: ${percent(share)}`}>
        <span class={tone} style={{ width: `${shown * 100}%` }} />
      </span>
      <span class="share" aria-hidden="true">
        {percent(share)}
      </span>
    </span>
  );
}

/** A small curve of values, oldest first. */
export function Curve({ values }: { readonly values: readonly number[] }) {
  const most = Math.max(...values, 1);
  const points = values.map(
    (value, i) => `${60 - values.length + i},${(17 - (value / most) * 16).toFixed(1)}`,
  );
  return (
    <svg class="curve" viewBox="0 0 60 18" preserveAspectRatio="none" aria-hidden="true">
      <polyline points={points.join(' ')} />
    </svg>
  );
}

/** A figure with its name. */
export function Figure({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** What a tab shows when it has nothing to show. */
export function Empty({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      <p>{children}</p>
    </div>
  );
}

/** A choice of one among few. */
export function Choice<T extends string>(props: {
  readonly name: string;
  readonly options: readonly (readonly [value: T, text: string])[];
  readonly value: T;
  readonly onChange: (value: T) => void;
}) {
  const { name, options, value, onChange } = props;
  return (
    <fieldset class="choice">
      <legend class="hidden">{name}</legend>
      {options.map(([option, text]) => (
        <label key={option}>
          <input type="radio" name={name} checked={option === value} onChange={() => onChange(option)} />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Whether new records or lines are shown as they arrive. */
export function Follow(props: { readonly value: boolean; readonly onChange: (value: boolean) => void }) {
  const { value, onChange } = props;
  return (
    <label class="check">
      <input type="checkbox" checked={value} onChange={(event) => onChange(event.currentTarget.checked)} />
      Follow
    </label>
  );
}
