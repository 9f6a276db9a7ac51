import { Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Page } from '../parts/page.tsx';

export const NotFound = (): ReactNode => (
  <Page title="There is no such page">
    <Text>
      The address may be misspelt, or what it named is gone. <Link to="/">Home</Link> shows what needs you now.
    </Text>
  </Page>
);
