import { describe, expect, it } from 'vitest';
import { badLimits, bodyOf, changesOf, type EditForm, rebase } from './edit-form.ts';

const base: EditForm = {
  name: 'Acme',
  supportTier: 'basic',
  limits: { users: '20', projects: '' },
  features: { sso: 'plan', scim: 'on' },
  approvedBy: '',
  agreed: '',
};

describe('an edit of a tenant', () => {
  it('sends only what was touched, and gives a limit back to the plan where the field is emptied', () => {
    const form: EditForm = { ...base, name: 'Acme & Sons', limits: { users: '', projects: '7' } };
    expect(bodyOf(base, form, 'why')).toEqual({
      name: 'Acme & Sons',
      limits: { users: null, projects: 7 },
      reason: 'why',
    });
    expect(bodyOf(base, base, 'why')).toEqual({ reason: 'why' });
  });

  it('CH-04: names who approved a feature that is switched on', () => {
    const form: EditForm = { ...base, features: { sso: 'on', scim: 'off' }, approvedBy: 'Lea Lead' };
    expect(bodyOf(base, form, 'contract')).toEqual({
      features: { sso: true, scim: false },
      feature_approvals: { sso: { approved_by: 'Lea Lead', reason: 'contract' } },
      reason: 'contract',
    });
  });

  it('moved onto a newer version keeps what both have set, each where they did', () => {
    const mine: EditForm = { ...base, limits: { ...base.limits, users: '30' } };
    const theirs: EditForm = { ...base, name: 'By Ben', limits: { ...base.limits, projects: '9' } };
    const merged = rebase(base, mine, theirs);
    expect(merged).toMatchObject({ name: 'By Ben', limits: { users: '30', projects: '9' } });
    expect(bodyOf(theirs, merged, 'why')).toEqual({ limits: { users: 30 }, reason: 'why' });
    expect(changesOf(base, mine)).toEqual([{ field: 'Limit users', before: '20', mine: '30' }]);
  });

  it('knows what is no limit', () => {
    expect(badLimits({ ...base, limits: { users: 'many', projects: ' ' } })).toEqual(['users']);
  });
});
