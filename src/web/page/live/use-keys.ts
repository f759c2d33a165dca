/** Keys of the page: 1 to 4 choose a tab, / searches, arrows or j and k choose a row, Escape leaves a detail. */
import { useEffect } from 'preact/hooks';
import { addressOf, type PageRoute, TABS } from './use-route.js';

/** Handles keys while the page is shown. */
export function useKeys(route: PageRoute): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector('dialog[open]') !== null)
        return;
      if (handle(event.key, route, isField(event.target))) event.preventDefault();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [route.tab, route.id]);
}

/** @returns whether the key was used */
function handle(key: string, { tab, id }: PageRoute, inField: boolean): boolean {
  if (inField) {
    if (key === 'Escape') (document.activeElement as HTMLElement | null)?.blur();
    return false;
  }
  const chosen = TABS[Number(key) - 1];
  if (chosen !== undefined) location.hash = addressOf(chosen);
  else if (key === 'Escape' && id !== null) location.hash = addressOf(tab);
  else if (key === '/') document.querySelector<HTMLInputElement>('input[type=search]')?.focus();
  else if (key === 'ArrowDown' || key === 'j') return moveFocus(1);
  else if (key === 'ArrowUp' || key === 'k') return moveFocus(-1);
  else return false;
  return true;
}

function moveFocus(step: number): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  if (rows.length === 0) return false;
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1);
  rows[next]?.focus();
  return true;
}

function isField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName) &&
    target.getAttribute('type') !== 'radio'
  );
}
