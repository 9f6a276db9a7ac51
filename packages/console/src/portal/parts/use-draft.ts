import type { PortalDraftContent, PortalDraftView, PortalTaskView } from '@tenantry/contract';
import { useEffect, useRef, useState } from 'react';
import { isFault, put, taskPath } from '../api.ts';
import { beginDraft, conflictingDraft, type DraftState, savedDraft, settleDraft, typeDraft } from './draft.ts';
import { secretFields } from './field-kind.ts';
import { keepTyped, readTyped } from './typed-storage.ts';

const SAVE_AFTER_MS = 700;
const TRY_AGAIN_MS = 10_000;

export interface Draft {
  readonly content: PortalDraftContent;
  readonly newer: PortalDraftView | undefined;
  /** `local`: the connection is away, and it is on this device. */
  readonly kept: 'saved' | 'saving' | 'local' | 'untouched';
  readonly type: (content: PortalDraftContent) => void;
  readonly settle: (which: 'mine' | 'theirs') => void;
  /** It was sent: nothing of it stays on the device. */
  readonly forget: () => void;
}

export function useDraft(task: PortalTaskView): Draft {
  const key = `${task.run}/${task.step}`;
  const [state, setState] = useState<DraftState>(() => beginDraft(task.draft, readTyped(key)));
  const [kept, setKept] = useState<Draft['kept']>(task.draft.saved_at === null ? 'untouched' : 'saved');
  const [tries, setTries] = useState(0);
  const done = useRef(false);
  const onDevice = useRef(state.dirty || readTyped(key) !== undefined);
  const sending = useRef(false);
  const failed = useRef(false);
  const { dirty, newer, content, revision } = state;

  useEffect(() => {
    if (done.current) return;
    if (dirty) keepTyped(key, { revision, content: withoutFields(content, secretFields(task.form)) });
    // Another tab keeps what is typed there under the same name: only what is from here is taken away.
    else if (onDevice.current) keepTyped(key, undefined);
    onDevice.current = dirty;
  }, [key, dirty, revision, content, task.form]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `tries` asks for another one
  useEffect(() => {
    if (!dirty || newer !== undefined) return undefined;
    const save = async (): Promise<void> => {
      // What is on its way comes back with a new revision, and then this runs again.
      if (done.current || sending.current) return;
      sending.current = true;
      setKept('saving');
      try {
        const answer = await put<PortalDraftView>(`${taskPath(task.run, task.step)}/draft`, { revision, content });
        failed.current = false;
        setState((now) => savedDraft(now, content, answer));
        setKept('saved');
      } catch (error) {
        if (!isFault(error)) throw error;
        const other = error.facts.draft;
        if (error.code === 'portal.draft_conflict' && isDraft(other)) setState((now) => conflictingDraft(now, other));
        else failed.current = true;
        setKept('local');
        setTries((count) => count + 1);
      } finally {
        sending.current = false;
      }
    };
    const timer = window.setTimeout(() => void save(), failed.current ? TRY_AGAIN_MS : SAVE_AFTER_MS);
    return () => window.clearTimeout(timer);
  }, [dirty, newer, content, revision, tries, task.run, task.step]);

  return {
    content,
    newer,
    kept,
    type: (next) => setState((now) => typeDraft(now, next)),
    settle: (which) => setState((now) => settleDraft(now, which)),
    forget: () => {
      done.current = true;
      keepTyped(key, undefined);
    },
  };
}

const isDraft = (value: unknown): value is PortalDraftView =>
  typeof value === 'object' && value !== null && 'revision' in value && 'content' in value;

/** A secret is kept nowhere but in the field until it is sent. */
function withoutFields(content: PortalDraftContent, names: readonly string[]): PortalDraftContent {
  const values = Object.fromEntries(Object.entries(content.values).filter(([name]) => !names.includes(name)));
  return { ...content, values };
}
