import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { NotFound } from '../pages/not-found.tsx';
import { TENANT_TABS, type TenantTab } from '../pages/tenant-tabs.ts';
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
  validateSearch: ({ tab }: Record<string, unknown>): { readonly tab?: TenantTab } => {
    const known = TENANT_TABS.find((each) => each === tab);
    return known === undefined ? {} : { tab: known };
  },
  component: lazyRouteComponent(() => import('../pages/tenant.tsx'), 'TenantPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([home, runs, run, clients, client, tenants, tenant]),
  // Where the page was served from, which may lie under a path of the installation.
  basepath: new URL(document.baseURI).pathname,
  defaultPreload: 'intent',
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
