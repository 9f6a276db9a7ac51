import type { Me } from '../api/use-me.ts';

interface PageEntry {
  readonly to: '/' | '/runs' | '/tenants' | '/clients';
  readonly title: string;
  /** Without it the page would be empty. */
  readonly scope: Me['scopes'][number];
}

/** The navigation, in the order of a working day. */
export const PAGES: readonly PageEntry[] = [
  { to: '/', title: 'Home', scope: 'runs:read' },
  { to: '/runs', title: 'Runs', scope: 'runs:read' },
  { to: '/tenants', title: 'Tenants', scope: 'tenants:read' },
  { to: '/clients', title: 'Clients', scope: 'tenants:read' },
];
