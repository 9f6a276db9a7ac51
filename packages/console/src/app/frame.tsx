/** What stands around every page: navigation, who is signed in, whether the control plane can be reached. */
import { AppShell, Burger, Button, Group, Stack, Text, useMantineColorScheme } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { type MouseEvent, type ReactNode, useEffect, useRef } from 'react';
import type { ApiFault } from '../api/api-fault.ts';
import { useApi } from '../api/use-api.ts';
import { FaultAlert, Loading } from '../parts/states.tsx';
import { Mark } from '../parts/status.tsx';
import { useDraftSweep } from '../parts/use-draft.ts';
import { isDevelopment, signInAddress } from './mode.ts';
import { PAGES } from './pages.ts';

export function Frame(): ReactNode {
  const [opened, { toggle, close }] = useDisclosure(false);
  const me = useApi('GET /api/v1/whoami', {}, { everyMs: 60_000 });
  const path = useRouterState({ select: (state) => state.location.pathname });
  const main = useFocusOnMove(path, close);
  useDraftSweep();
  if (me.error?.status === 401) return <SignedOut wasIn={me.data !== undefined} />;
  if (me.data === undefined) return <Waiting fault={me.error} retry={() => void me.refetch()} />;
  return (
    <>
      <a className="skip" href={`${path.replace(/^\//, '')}#main`} onClick={(event) => focusMain(event, main.current)}>
        Skip to content
      </a>
      <AppShell
        header={{ height: 56 }}
        navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !opened } }}
        padding="md"
        transitionDuration={0}
      >
        <AppShell.Header px="md">
          <Group h="100%" justify="space-between" wrap="nowrap">
            <Group gap="sm" wrap="nowrap">
              <Burger
                opened={opened}
                onClick={toggle}
                hiddenFrom="sm"
                size="sm"
                aria-label="Navigation"
                aria-expanded={opened}
              />
              <Link to="/" className="brand">
                Tenantry
              </Link>
              {isDevelopment() && <Mark>development</Mark>}
            </Group>
            <Group gap="xs" wrap="nowrap" visibleFrom="sm">
              <Text size="sm">{me.data.name}</Text>
              <SchemeButton />
              <SignOut />
            </Group>
          </Group>
        </AppShell.Header>
        <AppShell.Navbar p="sm" aria-label="Pages">
          <Stack gap={2}>
            {PAGES.filter(({ scope }) => me.data.scopes.includes(scope)).map(({ to, title }) => (
              <Link key={to} to={to} className="nav-link" activeOptions={{ exact: to === '/' }} onClick={close}>
                {title}
              </Link>
            ))}
          </Stack>
          <Group hiddenFrom="sm" mt="lg" gap="sm">
            <Text size="sm">{me.data.name}</Text>
            <SchemeButton />
            <SignOut />
          </Group>
        </AppShell.Navbar>
        <AppShell.Main id="main" tabIndex={-1} ref={main}>
          {me.error !== null && <FaultAlert fault={me.error} onRetry={() => void me.refetch()} />}
          <Outlet />
        </AppShell.Main>
      </AppShell>
    </>
  );
}

/** A link loads no page here, so a screen reader is told by the focus that there is another one. */
function useFocusOnMove(path: string, close: () => void) {
  const main = useRef<HTMLElement>(null);
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    close();
    main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [path, close]);
  return main;
}

function focusMain(event: MouseEvent, main: HTMLElement | null): void {
  event.preventDefault();
  main?.focus();
}

function SchemeButton(): ReactNode {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const next = { auto: 'light', light: 'dark', dark: 'auto' } as const;
  const shown = { auto: 'System', light: 'Light', dark: 'Dark' } as const;
  return (
    <Button
      variant="default"
      size="xs"
      onClick={() => setColorScheme(next[colorScheme])}
      aria-label={`Theme: ${shown[colorScheme]}`}
    >
      {shown[colorScheme]}
    </Button>
  );
}

const SignOut = (): ReactNode => (
  <form method="post" action={new URL('../operator/sign-out', document.baseURI).href}>
    <Button type="submit" variant="default" size="xs">
      Sign out
    </Button>
  </form>
);

const SignedOut = ({ wasIn }: { readonly wasIn: boolean }): ReactNode => (
  <main className="gate">
    <p className="brand">Tenantry</p>
    <h1>Sign in</h1>
    <p>
      {wasIn
        ? 'Your session has ended. What you had typed is kept on this device.'
        : 'The console is for people of the vendor. People of a client come in by the link in their mail.'}
    </p>
    <Button component="a" href={signInAddress()} fullWidth>
      Sign in
    </Button>
  </main>
);

const titleOf = ({ status }: ApiFault): string =>
  status === 0 ? 'No connection' : 'The control plane does not answer as it should';

const LOOK_AGAIN_MS = 5_000;

/** Loaded without a connection: nothing is shown that may be old, and the page goes on by itself. */
function Offline({ retry }: { readonly retry: () => void }): ReactNode {
  useEffect(() => {
    window.addEventListener('online', retry);
    const timer = setInterval(retry, LOOK_AGAIN_MS);
    return () => {
      window.removeEventListener('online', retry);
      clearInterval(timer);
    };
  }, [retry]);
  return (
    <>
      <p>
        What you typed and did not send is kept on this device. This page goes on by itself when the connection is back.
      </p>
      <Button onClick={retry} variant="default" fullWidth>
        Try again now
      </Button>
    </>
  );
}

const Waiting = ({ fault, retry }: { readonly fault: ApiFault | null; readonly retry: () => void }): ReactNode => (
  <main className="gate">
    <p className="brand">Tenantry</p>
    <h1>{fault === null ? 'One moment' : titleOf(fault)}</h1>
    {fault === null ? (
      <Loading lines={2} />
    ) : fault.status === 0 ? (
      <Offline retry={retry} />
    ) : (
      <FaultAlert fault={fault} onRetry={retry} />
    )}
  </main>
);
