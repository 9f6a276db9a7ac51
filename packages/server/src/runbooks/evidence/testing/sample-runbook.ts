import type { Body, Phase, Runbook, Step } from '@tenantry/runbook';

/** Stands in every field a person can fill. */
export const HOSTILE = `<script>alert("1")</script><img src=x onerror='alert(1)'>&amp;`;
/** Reads as `invoice.exe` backwards on a screen that follows its marks. */
export const STEALTHY = 'invoice\u202Efdp.exe';

export const sampleRunbook = (version: string): Runbook => ({
  id: 'sample',
  version,
  title: `Sample ${HOSTILE}`,
  owner: 'nobody',
  subject: 'tenant',
  about: { history: [], references: {}, raci: {}, approvers: ['engineer'] },
  intake: { type: 'object' },
  vars: {},
  roles: {
    engineer: { title: 'Engineer', party: 'vendor' },
    client_admin: { title: `Client ${HOSTILE}`, party: 'client' },
  },
  escalation: [],
  may: { override: ['engineer'], cancel: ['engineer'], rollback: ['engineer'] },
  triggers: [],
  outputs: {},
  phases: [
    phase('setup', undefined, [
      ['make', { kind: 'uses', action: 'test.make', with: {}, manual: 'never', temporary: false, irreversible: false }],
      ['look', { kind: 'check', probe: 'test.probe', with: {}, expect: 'output.ok' }],
      ['sheet', { kind: 'document', template: 'sheet.md', with: {}, format: 'md' }],
    ]),
    phase('acceptance', 'setup', [
      ['walk', { kind: 'task', text: HOSTILE, checklist: [], form: {}, shows: {} }],
      ['accept', { kind: 'sign_off', by: ['client_admin'], need: 1, of: ['intake'], statement: HOSTILE }],
    ]),
  ],
});

function phase(id: string, before: string | undefined, steps: readonly (readonly [id: string, body: Body])[]): Phase {
  return {
    id,
    title: `Phase ${HOSTILE}`,
    owner: { mode: 'any', roles: ['engineer', 'client_admin'] },
    needs: before === undefined ? [] : [before],
    entry: [],
    exit: [],
    artifacts: [],
    parallel: false,
    environment: 'production',
    steps: steps.map(([step, body], index) => stepOf(id, step, body, steps[index - 1]?.[0])),
  };
}

const stepOf = (phaseId: string, id: string, body: Body, before: string | undefined): Step => ({
  id,
  phase: phaseId,
  title: `${id} ${HOSTILE}`,
  body,
  needs: before === undefined ? [] : [before],
  environment: 'production',
  onFail: { do: 'halt' },
  undo: { do: 'default' },
  ...(id === 'sheet' ? { artifact: 'sheet' } : {}),
});
