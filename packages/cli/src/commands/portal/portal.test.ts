import { describe, expect, it } from 'vitest';
import { cli } from '../../testing/cli.ts';
import { refusal, startFakeControlPlane } from '../../testing/fake-control-plane.ts';

const RUN = 'run_1f0c0c7e-0000-4000-8000-000000000001';
const link = {
  id: 'link_1f0c0c7e-0000-4000-8000-000000000002',
  tenant_id: '7d444840-9dc0-41d4-a716-446655440000',
  run: RUN,
  person: { id: 'person_1', name: 'Nora', email: 'nora@acme.example' },
  roles: ['client_technical'],
  status: 'waiting',
  made_by: 'Dana',
  created_at: '2026-11-20T08:00:00.000Z',
  expires_at: '2026-12-04T08:00:00.000Z',
  opened_at: null,
  revoked_at: null,
  revoked_reason: null,
  sessions: 0,
};
const question = {
  id: 'question_1',
  run: RUN,
  step: null,
  about: 'Tell us how you work',
  asked_by: 'Nora',
  asked_at: '2026-11-20T08:00:00.000Z',
  closed_at: null,
  waits_for: 'vendor',
  messages: [{ id: 'message_1', party: 'client', author: 'Nora', text: 'Which port?', at: '2026-11-20T08:00:00.000Z' }],
};

async function connected() {
  const plane = await startFakeControlPlane();
  const run = (...argv: readonly string[]) => cli(['portal', ...argv, '--url', plane.url, '--key', 'tnt_x']);
  return { plane, run };
}

describe('portal', () => {
  it('mails a link, and shows its address only when asked to', async () => {
    const { plane, run } = await connected();
    const sent: unknown[] = [];
    plane.handlers.set(`POST /api/v1/runs/${RUN}/portal-links`, ({ body }) => {
      sent.push(body);
      const mailed = (body as { send: boolean }).send;
      return {
        ...link,
        url: mailed ? null : 'https://x.example/portal/open#tpl_1',
        mailed_to: mailed ? link.person.email : null,
      };
    });
    const mailed = await run('link', RUN, '--role', 'client_technical');
    expect(mailed.stdout).toContain('Mailed to nora@acme.example.');
    const shown = await run(
      'link',
      RUN,
      '--role',
      'client_technical',
      '--email',
      'ann@acme.example',
      '--days',
      '3',
      '--show',
    );
    expect(shown.stdout).toContain('https://x.example/portal/open#tpl_1');
    expect(sent).toEqual([
      { role: 'client_technical', days: 14, send: true },
      { role: 'client_technical', days: 3, send: false, email: 'ann@acme.example' },
    ]);
  });

  it('lists links and revokes one with a reason', async () => {
    const { plane, run } = await connected();
    plane.handlers.set(`GET /api/v1/runs/${RUN}/portal-links`, () => ({ items: [link] }));
    plane.handlers.set(`POST /api/v1/runs/${RUN}/portal-links/${link.id}/revoke`, () => ({
      ...link,
      status: 'revoked',
    }));
    expect((await run('links', RUN)).stdout).toMatch(/Nora <nora@acme.example> .*waiting/);
    expect((await run('links', RUN, '-o', 'json')).json()).toMatchObject({ schema: 'tenantry.portal-links/1' });
    expect((await run('revoke', RUN, link.id, '--reason', 'left')).stdout).toContain('The link of Nora is revoked');
    expect((await run('revoke', RUN, link.id)).code).not.toBe(0);
  });

  it('shows what is asked, and answers', async () => {
    const { plane, run } = await connected();
    plane.handlers.set(`GET /api/v1/runs/${RUN}/questions`, () => ({ items: [question] }));
    plane.handlers.set(`POST /api/v1/runs/${RUN}/questions/question_1/answer`, ({ body }) => ({
      ...question,
      waits_for: 'client',
      messages: [
        ...question.messages,
        { ...question.messages[0], party: 'vendor', author: 'Dana', text: (body as { text: string }).text },
      ],
    }));
    const listed = await run('questions', RUN, '--open');
    expect(listed.stdout).toContain('waits for an answer, about Tell us how you work');
    expect(listed.stdout).toContain('Which port?');
    expect((await run('answer', RUN, 'question_1', '443')).stdout).toMatch(/answered[\s\S]*Dana[\s\S]*443/);
  });

  it('says what a refusal says', async () => {
    const { plane, run } = await connected();
    plane.handlers.set(`POST /api/v1/runs/${RUN}/portal-links`, () => {
      throw refusal('portal.person_refused', '"cto" is no role of the client in joining.');
    });
    const { code, stderr } = await run('link', RUN, '--role', 'cto');
    expect(code).not.toBe(0);
    expect(stderr).toContain('is no role of the client');
  });
});
