import { afterAll, describe, expect, it } from 'vitest';
import { cloneDatabase } from '../../db/testing/index.ts';
import { voidChangedSignatures } from '../index.ts';
import { openPortalWorld, type PortalClient } from '../testing/portal-world.ts';

const test = await cloneDatabase();
const world = await openPortalWorld(test);
const acme = await world.start('acme');
const nora = await world.enter(acme);
afterAll(() => world.close());

const codeOf = (response: { json: () => unknown }): string => (response.json() as { code: string }).code;
const PDF = Buffer.from('%PDF-1.7\nmetadata');
const details = `/runs/${acme.run}/tasks/details`;

describe('the overview', () => {
  it('RUN-32: tells how far it is, when it is planned, and what waits for whom, without the vendor’s own words', async () => {
    const overview = await nora.overview();
    expect(overview).toMatchObject({
      schema: 'tenantry.portal/1',
      language: 'en',
      brand: { name: 'acme Ltd', product: 'CutListCreator' },
      unanswered: 0,
    });
    expect(overview.runs).toHaveLength(1);
    expect(overview.runs[0]).toMatchObject({ title: 'Joining: acme Ltd', state: 'waits_for_you', done: 0, of: 2 });
    expect(overview.runs[0]?.phases).toMatchObject([
      { title: 'About you', state: 'now', planned_from: expect.any(String), planned_to: expect.any(String) },
      { title: 'Acceptance', state: 'next' },
    ]);
    expect(overview.runs[0]?.waits.map(({ whom, who, what }) => [whom, who, what])).toEqual([
      ['you', 'Technical contact', 'Tell us how you work'],
      ['client', 'IT administrator', 'Open the firewall'],
      ['vendor', 'Engineering', 'About you'],
    ]);
    expect(overview.tasks).toMatchObject([{ step: 'details', kind: 'task', phase: 'About you' }]);
    expect(JSON.stringify(overview)).not.toContain('finance');
  });

  it('ROLE-08: shows each person the tasks of their own roles', async () => {
    const rui = await world.enter(acme, { role: 'client_it', email: 'rui@acme.example', name: 'Rui Teixeira' });
    const { me, tasks } = await rui.overview();
    expect(me).toMatchObject({ name: 'Rui Teixeira', roles: ['IT administrator'] });
    expect(tasks.map(({ step }) => step)).toEqual(['network']);
    expect((await rui.ask('GET', details)).statusCode).toBe(404);
  });
});

describe('what is typed', () => {
  it('is kept for the person and step, and a second tab learns of the first instead of overwriting it', async () => {
    const values = { size: 12 };
    const first = await nora.ask('PUT', `${details}/draft`, { revision: 0, content: { values } });
    expect(first.json()).toMatchObject({ revision: 1, content: { values } });
    const stale = await nora.ask('PUT', `${details}/draft`, { revision: 0, content: { values: { size: 13 } } });
    expect([stale.statusCode, codeOf(stale)]).toEqual([409, 'portal.draft_conflict']);
    expect(stale.json()).toMatchObject({ facts: { draft: { revision: 1, content: { values } } } });
    const [one, other] = await Promise.all(
      [20, 21].map((size) => nora.ask('PUT', `${details}/draft`, { revision: 1, content: { values: { size } } })),
    );
    expect([one?.statusCode, other?.statusCode].sort()).toEqual([200, 409]);
    expect((await nora.task(acme.run, 'details')).draft.revision).toBe(2);
    expect((await nora.overview()).tasks[0]?.draft_saved_at).not.toBeNull();
  });

  it('is kept without what the form marks as secret', async () => {
    const { draft } = await nora.task(acme.run, 'details');
    const content = { values: { size: 14, api_token: 'sk_live_secret' }, ticks: ['asked'], note: 'soon' };
    const saved = await nora.ask('PUT', `${details}/draft`, { revision: draft.revision, content });
    expect(saved.json()).toMatchObject({ content: { values: { size: 14 }, ticks: ['asked'], note: 'soon' } });
    expect(JSON.stringify(await test.asSuperuser('select content from tenantry.portal_drafts'))).not.toContain(
      'sk_live',
    );
  });
});

describe('INT-35: an upload', () => {
  it('is told by its content, limited in size, and refused where no file is asked for', async () => {
    const refusals = [
      await nora.upload(details, 'metadata', 'page.pdf', Buffer.from('<!doctype html><script>x</script>')),
      await nora.upload(details, 'metadata', 'tool.pdf', Buffer.from('MZ\u0000\u0001')),
      await nora.upload(details, 'metadata', 'empty.pdf', Buffer.alloc(0)),
      await nora.upload(details, 'size', 'a.pdf', PDF),
      await nora.upload(details, '', 'a.pdf', PDF),
    ];
    expect(refusals.map((response) => [response.statusCode, codeOf(response)])).toEqual(
      refusals.map(() => [400, 'portal.file_refused']),
    );
    const large = Buffer.concat([PDF, Buffer.alloc(10 * 1024 * 1024)]);
    expect(codeOf(await nora.upload(details, 'metadata', 'large.pdf', large))).toBe('portal.file_refused');
  });

  it('waits with the form, is replaced by the next for its field, and can be taken away', async () => {
    const first = await nora.upload(details, 'metadata', '../../old.pdf', PDF);
    expect(first.json()).toMatchObject({ field: 'metadata', name: 'old.pdf', media_type: 'application/pdf' });
    await nora.upload(details, 'metadata', 'metadata.pdf', PDF);
    const { files } = await nora.task(acme.run, 'details');
    expect(files.map(({ name }) => name)).toEqual(['metadata.pdf']);
    expect((await nora.ask('DELETE', `${details}/files/${files[0]?.id}`)).statusCode).toBe(204);
    expect((await nora.task(acme.run, 'details')).files).toEqual([]);
  });
});

const fill = async (
  client: PortalClient,
  browser: typeof nora,
  values: object = { size: 14, api_token: 'sk_live_1' },
) =>
  browser.ask('POST', `/runs/${client.run}/tasks/details/complete`, { values, ticks: ['asked'], note: 'All there.' });

describe('a form', () => {
  it('INT-01: that is not complete is refused with every fault and keeps the draft and its files', async () => {
    await nora.upload(details, 'metadata', 'metadata.pdf', PDF);
    const refused = await fill(acme, nora, { size: 0 });
    expect(refused.statusCode).toBe(400);
    const { faults } = refused.json<{ faults: { path: string }[] }>();
    expect(faults.map(({ path }) => path).sort()).toEqual(['api_token', 'size']);
    const { draft, files } = await nora.task(acme.run, 'details');
    expect([draft.content.note, files.length]).toEqual(['soon', 1]);
  });

  it('INT-22, RUN-31: sent, becomes evidence with its files by hash, its secrets sealed, and leaves no draft', async () => {
    expect((await fill(acme, nora)).statusCode).toBe(200);
    expect((await nora.ask('GET', details)).statusCode).toBe(404);
    const run = (await world.operate('GET', `/runs/${acme.run}`)).json<{
      steps: { id: string; status: string; output: Record<string, unknown> }[];
    }>();
    const step = run.steps.find(({ id }) => id === 'details');
    expect(step).toMatchObject({
      status: 'passed',
      output: {
        size: 14,
        api_token: { $secret: expect.any(String) },
        metadata: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      },
    });
    const [artifact] = await test.asSuperuser<{ id: string; sha256: string; name: string }>(
      `select id, sha256, name from tenantry.run_artifacts where run_id = $1 and step_id = 'details'`,
      [acme.runId],
    );
    expect(`sha256:${artifact?.sha256}`).toBe(step?.output.metadata);
    const operator = await world.operate('GET', `/runs/${acme.run}/artifacts/${artifact?.id}`);
    expect([operator.body, operator.headers['content-disposition']]).toEqual([
      PDF.toString(),
      "attachment; filename*=UTF-8''metadata.pdf",
    ]);
    const own = await nora.ask('GET', `/runs/${acme.run}/documents/${artifact?.id}`);
    expect(own.headers['content-security-policy']).toContain('sandbox');
    expect(own.headers['content-disposition']).toMatch(/^attachment/);
    const left = await test.asSuperuser(
      'select 1 from tenantry.portal_uploads union all select 1 from tenantry.portal_drafts',
    );
    expect(left).toEqual([]);
  });
});

/** Everybody's part of the first phase. */
async function workThrough(size: number | undefined): Promise<void> {
  if (size !== undefined) {
    await nora.upload(details, 'metadata', 'metadata.pdf', PDF);
    expect((await fill(acme, nora, { size, api_token: 'sk_live_2' })).statusCode).toBe(200);
  }
  const rui = await world.enter(acme, { role: 'client_it', email: 'rui@acme.example' });
  await rui.ask('POST', `/runs/${acme.run}/tasks/network/complete`, {});
  await world.operate('POST', `/runs/${acme.run}/steps/contract_review/complete`, {});
}

describe('VAL-31, RUN-34: a signature', () => {
  it('holds name, role, time and the hash of what was shown, and its receipt is mailed', async () => {
    await workThrough(undefined);
    const task = await nora.task(acme.run, 'accepted');
    expect(task).toMatchObject({
      kind: 'sign_off',
      statement: 'It works as agreed',
      parts: [{ title: 'Tell us how you work', kind: 'record' }],
    });
    const wrong = await nora.ask('POST', `/runs/${acme.run}/tasks/accepted/sign`, {
      decision: 'yes',
      hash: '0'.repeat(64),
      name: 'Nora Lindqvist',
    });
    expect([wrong.statusCode, codeOf(wrong)]).toEqual([409, 'run.content_changed']);
    const signed = await nora.ask('POST', `/runs/${acme.run}/tasks/accepted/sign`, {
      decision: 'yes',
      hash: task.hash,
      name: 'Nora Lindqvist',
    });
    expect(signed.json()).toMatchObject({
      done: true,
      signature: {
        name: 'Nora Lindqvist',
        role: 'Technical contact',
        hash: task.hash,
        signed_at: world.clock.at.toISOString(),
        voided_at: null,
      },
    });
    const [receipt] = await world.mailsTo(acme.email, 'portal-signed');
    expect(receipt?.content).toMatchObject({ title: 'You accept', signed_name: 'Nora Lindqvist', hash: task.hash });
    expect((await nora.overview()).tasks).toEqual([]);
  });

  it('is void once the signed content changes, says so by mail, and is asked for again', async () => {
    expect(await voidChangedSignatures(world.portal)).toBe(0);
    world.later(60);
    const reopened = await world.operate('POST', `/runs/${acme.run}/reopen`, {
      phase: 'about',
      reason: 'another site',
    });
    expect(reopened.statusCode).toBe(200);
    expect(await voidChangedSignatures(world.portal)).toBe(1);
    expect(await voidChangedSignatures(world.portal)).toBe(0);
    const { signatures, tasks } = await nora.overview();
    expect(signatures[0]?.voided_at).toBe(world.clock.at.toISOString());
    expect(tasks.map(({ step }) => step)).toEqual(['details']);
    const [mail] = await world.mailsTo(acme.email, 'portal-voided');
    expect(mail?.content).toMatchObject({ title: 'You accept', hash: signatures[0]?.hash });
    expect((await world.browser().ask('POST', '/open', { token: mail?.token })).statusCode).toBe(200);
    await workThrough(99);
    const task = await nora.task(acme.run, 'accepted');
    expect(task.signed_by).toMatchObject([{ name: 'Nora Lindqvist', counts: false }]);
    const again = { decision: 'yes', hash: task.hash, name: 'Nora L.' };
    expect((await nora.ask('POST', `/runs/${acme.run}/tasks/accepted/sign`, again)).statusCode).toBe(200);
    expect((await world.mailsTo(acme.email, 'portal-signed')).length).toBe(2);
  });

  it('is in the audit log, given and ended', async () => {
    const rows = await test.asSuperuser<{ action: string; actor_id: string }>(
      `select action, actor_id from tenantry.audit_log where run_id = $1 and action in ('run.decided', 'portal.signature_voided') order by seq`,
      [acme.runId],
    );
    expect(rows.map(({ action }) => action)).toEqual(['run.decided', 'portal.signature_voided', 'run.decided']);
  });
});
