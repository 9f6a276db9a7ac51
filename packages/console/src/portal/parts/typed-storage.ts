import type { Typed } from './draft.ts';

const PREFIX = 'tenantry.portal.draft.';

/** Of one page: a browser that forbids storage still has a form that works. */
export function readTyped(key: string): Typed | undefined {
  try {
    const text = window.localStorage.getItem(PREFIX + key);
    return text === null ? undefined : (JSON.parse(text) as Typed);
  } catch {
    return undefined;
  }
}

export function keepTyped(key: string, typed: Typed | undefined): void {
  try {
    if (typed === undefined) window.localStorage.removeItem(PREFIX + key);
    else window.localStorage.setItem(PREFIX + key, JSON.stringify(typed));
  } catch {
    // Nothing is kept beyond the page, and the server has it a moment later.
  }
}
