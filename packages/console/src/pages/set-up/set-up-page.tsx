/** Operators and roles, keys, products and environments, connectors. */
import { SegmentedControl } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { may, useMe } from '../../api/use-me.ts';
import { Page, ScrollX } from '../../parts/page.tsx';
import { Connectors } from './connectors.tsx';
import { Keys } from './keys.tsx';
import { Operators } from './operators.tsx';
import { Products } from './products.tsx';
import { SET_UP_TABS, type SetUpTab } from './set-up-tabs.ts';

export function SetUpPage(): ReactNode {
  const me = useMe();
  const { tab = 'products' } = useSearch({ from: '/set-up' });
  const navigate = useNavigate({ from: '/set-up' });
  const tabs = SET_UP_TABS.filter((each) => each !== 'operators' || may(me, 'operators:read'));
  return (
    <Page title="Set-up">
      <ScrollX label="What is set up">
        <SegmentedControl
          aria-label="What is set up"
          value={tab}
          onChange={(next) => void navigate({ search: { tab: next as SetUpTab } })}
          data={tabs.map((value) => ({ value, label: `${value.slice(0, 1).toUpperCase()}${value.slice(1)}` }))}
        />
      </ScrollX>
      {tab === 'operators' && <Operators />}
      {tab === 'keys' && <Keys />}
      {tab === 'products' && <Products />}
      {tab === 'connectors' && <Connectors />}
    </Page>
  );
}
