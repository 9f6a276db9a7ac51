import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { cloneDatabase } from '../../db/testing/index.ts';
import { openPortalWorld } from '../testing/portal-world.ts';

const test = await cloneDatabase();
const world = await openPortalWorld(test);
const acme = await world.start('acme');
const nora = await world.enter(acme);
afterAll(() => world.close());

describe('a question to the vendor', () => {
  const id = randomUUID();

  it('is asked once however often it is sent, and mailed to whoever owns the runbook', async () => {
    const question = { id, text: 'Which firewall?', step: 'details' };
    const first = await nora.ask('POST', '/questions', question);
    expect(first.json()).toMatchObject({
      about: 'Tell us how you work',
      waits_for: 'vendor',
      messages: [{ party: 'client', author: 'Nora Lindqvist', text: 'Which firewall?' }],
    });
    expect((await nora.ask('POST', '/questions', question)).json()).toEqual(first.json());
    const mails = await world.mailsTo('olive@vendor.example', 'portal-question');
    expect(mails.map(({ content }) => [content.who, content.text])).toEqual([['Nora Lindqvist', 'Which firewall?']]);
    expect((await nora.overview()).unanswered).toBe(1);
  });

  it('is shown on the run, answered by an operator, and the answer is mailed with a way in', async () => {
    const { items } = (await world.operate('GET', `/runs/${acme.run}/questions`)).json<{ items: { id: string }[] }>();
    expect(items).toMatchObject([{ waits_for: 'vendor', asked_by: 'Nora Lindqvist' }]);
    const answered = await world.operate('POST', `/runs/${acme.run}/questions/${items[0]?.id}/answer`, {
      text: 'Yours.',
    });
    expect(answered.json()).toMatchObject({
      waits_for: 'client',
      messages: [{ party: 'client' }, { party: 'vendor', author: 'Olive', text: 'Yours.' }],
    });
    const [mail] = await world.mailsTo(acme.email, 'portal-answer');
    expect(mail?.content.text).toBe('Yours.');
    const phone = world.browser();
    expect((await phone.ask('POST', '/open', { token: mail?.token })).statusCode).toBe(200);
    expect((await phone.ask('GET', '/questions')).json()).toMatchObject({ items: [{ waits_for: 'client' }] });
  });

  it('goes on, is closed by the vendor, and opened again by the client', async () => {
    const path = `/questions/question_${id}/replies`;
    await nora.ask('POST', path, { id: randomUUID(), text: 'And the port?' });
    const close = { text: '443, done.', close: true };
    const closed = await world.operate('POST', `/runs/${acme.run}/questions/question_${id}/answer`, close);
    expect(closed.json()).toMatchObject({ waits_for: 'nobody' });
    const again = await nora.ask('POST', path, { id: randomUUID(), text: 'Not quite.' });
    expect(again.json()).toMatchObject({ waits_for: 'vendor', closed_at: null });
  });

  it('stands in the audit log without its words', async () => {
    const rows = await test.asSuperuser<{ action: string; text: string }>(
      `select action, payload::text as text from tenantry.audit_log where action like 'portal.question%' order by seq`,
    );
    expect(rows.map(({ action }) => action)).toEqual([
      'portal.question_asked',
      'portal.question_answered',
      'portal.question_continued',
      'portal.question_answered',
      'portal.question_continued',
    ]);
    expect(JSON.stringify(rows)).not.toContain('firewall');
  });

  it('is refused without text and for a step that is no task of the client', async () => {
    expect((await nora.ask('POST', '/questions', { id: randomUUID(), text: ' ' })).statusCode).toBe(400);
    const foreign = { id: randomUUID(), text: 'What is this?', step: 'contract_review' };
    expect((await nora.ask('POST', '/questions', foreign)).statusCode).toBe(404);
  });
});
