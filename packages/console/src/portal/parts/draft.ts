/**
 * What is typed and not sent: on this device at once, on the server a moment later. The server's revision says whether
 * somebody else saved meanwhile; then both are kept until the reader says which is right.
 */
import type { PortalDraftContent, PortalDraftView } from '@tenantry/contract';

export interface DraftState {
  readonly content: PortalDraftContent;
  /** The revision it is based on. */
  readonly revision: number;
  /** Typed and not on the server yet. */
  readonly dirty: boolean;
  /** Saved by somebody else, or in another tab, since. */
  readonly newer: PortalDraftView | undefined;
}

export type Typed = Pick<DraftState, 'content' | 'revision'>;

/** What a page begins with: what is on this device, if it was typed on sight of what the server has. */
export function beginDraft(server: PortalDraftView, typed: Typed | undefined): DraftState {
  const { content, revision } = server;
  if (typed === undefined) return { content, revision, dirty: false, newer: undefined };
  if (sameContent(typed.content, content)) return { content, revision, dirty: false, newer: undefined };
  if (typed.revision === revision) return { ...typed, dirty: true, newer: undefined };
  return { ...typed, dirty: true, newer: server };
}

export const typeDraft = (state: DraftState, content: PortalDraftContent): DraftState => ({
  ...state,
  content,
  dirty: true,
});

/** The server took it; what was typed while it was on its way is still to be sent. */
export const savedDraft = (state: DraftState, sent: PortalDraftContent, answer: PortalDraftView): DraftState => ({
  ...state,
  revision: answer.revision,
  dirty: !sameContent(state.content, sent),
  newer: undefined,
});

export const conflictingDraft = (state: DraftState, newer: PortalDraftView): DraftState => ({ ...state, newer });

/** Which of the two is right: the other is gone once this is saved. */
export function settleDraft(state: DraftState, which: 'mine' | 'theirs'): DraftState {
  if (state.newer === undefined) return state;
  const { content, revision } = state.newer;
  return which === 'mine'
    ? { ...state, revision, dirty: true, newer: undefined }
    : { content, revision, dirty: false, newer: undefined };
}

const sameContent = (one: unknown, other: unknown): boolean => canonical(one) === canonical(other);

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, held: unknown) =>
    typeof held === 'object' && held !== null && !Array.isArray(held)
      ? Object.fromEntries(Object.entries(held).sort(([a], [b]) => (a < b ? -1 : 1)))
      : held,
  );
