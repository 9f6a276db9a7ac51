import { describe, expect, it } from 'vitest';
import { beginDraft, conflictingDraft, savedDraft, settleDraft, typeDraft } from './draft.ts';

const content = (size: number) => ({ values: { size }, ticks: [], note: '' });
const server = (revision: number, size: number) => ({ revision, saved_at: null, content: content(size) });

describe('a draft in the browser', () => {
  it('goes on with what is on the device when nobody saved since', () => {
    expect(beginDraft(server(2, 1), { revision: 2, content: content(9) })).toMatchObject({
      dirty: true,
      newer: undefined,
    });
    expect(beginDraft(server(2, 1), undefined)).toMatchObject({ content: content(1), dirty: false });
  });

  it('keeps both when somebody saved since, and asks', () => {
    const state = beginDraft(server(3, 1), { revision: 2, content: content(9) });
    expect(state).toMatchObject({ content: content(9), newer: { revision: 3 } });
    expect(settleDraft(state, 'mine')).toMatchObject({ content: content(9), revision: 3, dirty: true });
    expect(settleDraft(state, 'theirs')).toMatchObject({ content: content(1), revision: 3, dirty: false });
  });

  it('sees no conflict where both typed the same', () => {
    expect(beginDraft(server(3, 9), { revision: 2, content: content(9) })).toMatchObject({
      dirty: false,
      newer: undefined,
    });
  });

  it('keeps what was typed while the last was on its way', () => {
    const sent = typeDraft(beginDraft(server(0, 0), undefined), content(1));
    const typedOn = typeDraft(sent, content(12));
    expect(savedDraft(typedOn, sent.content, server(1, 1))).toMatchObject({
      content: content(12),
      revision: 1,
      dirty: true,
    });
    expect(savedDraft(sent, sent.content, server(1, 1)).dirty).toBe(false);
  });

  it('is told of a conflict by the server and overwrites nothing', () => {
    const state = conflictingDraft(typeDraft(beginDraft(server(1, 1), undefined), content(5)), server(2, 7));
    expect(state).toMatchObject({ content: content(5), newer: { content: content(7) } });
  });
});
