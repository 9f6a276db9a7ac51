import { Refusal } from '../refusal.ts';

export type TenantStatus = 'onboarding' | 'trial' | 'active' | 'suspended' | 'offboarded';

interface Person {
  readonly role: string;
  readonly pilot: boolean;
}

/**
 * Who may use the application in which state of the tenant, asked at log-in and again at every request. It reads the
 * tenant's own row; the guard of the control plane takes this file's place.
 *
 * Before go-live only pilot users and admins come in (LIFE-33). A status this release does not know admits nobody.
 */
export function admitByStatus(status: TenantStatus, person: Person): Refusal | undefined {
  switch (status) {
    case 'active':
    case 'trial':
      return undefined;
    case 'onboarding':
      return person.pilot || person.role === 'admin'
        ? undefined
        : new Refusal('tenant_onboarding', 'Your workshop is being set up. You can log in after go-live.');
    case 'suspended':
      return new Refusal('tenant_suspended', 'Access of your workshop is suspended. Ask your administrator.');
    case 'offboarded':
      return new Refusal('tenant_offboarded', 'Your workshop no longer uses Cutlist.');
    default:
      return refuseUnknown(status);
  }
}

const refuseUnknown = (status: never): Refusal =>
  new Refusal('tenant_suspended', `Access of your workshop is closed (${String(status)}).`);
