import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { NotFound } from '../pages/not-found.tsx';
import { VERSION_TABS } from '../pages/runbooks/version-tabs.ts';
import { SET_UP_TABS } from '../pages/set-up/set-up-tabs.ts';
import { TENANT_TABS } from '../pages/tenant/tenant-tabs.ts';
import { Frame } from './frame.tsx';

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound });

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('../pages/home.tsx'), 'HomePage'),
});
const runs = createRoute({
  getParentRoute: () => root,
  path: '/runs',
  component: lazyRouteComponent(() => import('../pages/runs.tsx'), 'RunsPage'),
});

interface RunSearch {
  /** The step that is open beside the run. */
  readonly step?: string;
  readonly phase?: string;
  readonly view?: 'timeline' | 'graph';
}

const run = createRoute({
  getParentRoute: () => root,
  path: '/runs/$run',
  validateSearch: ({ step, phase, view }: Record<string, unknown>): RunSearch => ({
    ...(typeof step === 'string' ? { step } : {}),
    ...(typeof phase === 'string' ? { phase } : {}),
    ...(view === 'timeline' || view === 'graph' ? { view } : {}),
  }),
  component: lazyRouteComponent(() => import('../pages/run/run-page.tsx'), 'RunPage'),
});
const page = <Path extends string>(path: Path) => ({ getParentRoute: () => root, path });
/** Of an address that somebody may have typed: what is no tab is none. */
function tabIn<Tab extends string>({ tab }: Record<string, unknown>, tabs: readonly Tab[]): { readonly tab?: Tab } {
  const known = tabs.find((each) => each === tab);
  return known === undefined ? {} : { tab: known };
}

const clients = createRoute({
  ...page('/clients'),
  component: lazyRouteComponent(() => import('../pages/clients.tsx'), 'ClientsPage'),
});
const client = createRoute({
  ...page('/clients/$client'),
  component: lazyRouteComponent(() => import('../pages/clients.tsx'), 'ClientPage'),
});
const tenants = createRoute({
  ...page('/tenants'),
  component: lazyRouteComponent(() => import('../pages/tenants.tsx'), 'TenantsPage'),
});

const tenant = createRoute({
  ...page('/tenants/$tenant'),
  validateSearch: (search: Record<string, unknown>) => tabIn(search, TENANT_TABS),
  component: lazyRouteComponent(() => import('../pages/tenant/tenant-page.tsx'), 'TenantPage'),
});

const onboard = createRoute({
  ...page('/onboard'),
  component: lazyRouteComponent(() => import('../pages/onboard/onboard-page.tsx'), 'OnboardPage'),
});
const runbooks = createRoute({
  ...page('/runbooks'),
  component: lazyRouteComponent(() => import('../pages/runbooks/runbooks-page.tsx'), 'RunbooksPage'),
});
const version = createRoute({
  ...page('/runbooks/$runbook/$version'),
  validateSearch: (search: Record<string, unknown>) => tabIn(search, VERSION_TABS),
  component: lazyRouteComponent(() => import('../pages/runbooks/version-page.tsx'), 'VersionPage'),
});
const audit = createRoute({
  ...page('/audit'),
  component: lazyRouteComponent(() => import('../pages/audit.tsx'), 'AuditPage'),
});
const setUp = createRoute({
  ...page('/set-up'),
  validateSearch: (search: Record<string, unknown>) => tabIn(search, SET_UP_TABS),
  component: lazyRouteComponent(() => import('../pages/set-up/set-up-page.tsx'), 'SetUpPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    runs,
    run,
    onboard,
    clients,
    client,
    tenants,
    tenant,
    runbooks,
    version,
    audit,
    setUp,
  ]),
  // Where the page was served from, which may lie under a path of the installation.
  basepath: new URL(document.baseURI).pathname,
  defaultPreload: 'intent',
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
