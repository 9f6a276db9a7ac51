import { Group, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';

interface PageProps {
  readonly title: string;
  readonly about?: ReactNode;
  /** Buttons that belong to the page as a whole. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** One heading of the first level, the title of the window, and what stands under it. */
export function Page({ title, about, actions, children }: PageProps): ReactNode {
  useEffect(() => {
    document.title = `${title} - Tenantry`;
  }, [title]);
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start" gap="sm">
        <div className="page-head">
          <Title order={1} size="h2">
            {title}
          </Title>
          {about !== undefined && (
            <Text component="div" className="quiet" size="sm" mt={4}>
              {about}
            </Text>
          )}
        </div>
        {actions !== undefined && <Group gap="sm">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}

interface SectionProps {
  readonly title: string;
  readonly count?: number;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function Section({ title, count, actions, children }: SectionProps): ReactNode {
  return (
    <section className="section">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          {title}
          {count !== undefined && <span className="count">{count}</span>}
        </Title>
        {actions}
      </Group>
      {children}
    </section>
  );
}

/** What is wider than a phone scrolls by itself, by keyboard too. */
export const ScrollX = ({ label, children }: { readonly label: string; readonly children: ReactNode }): ReactNode => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard (WCAG 2.1.1)
  <section className="scroll-x" tabIndex={0} aria-label={label}>
    {children}
  </section>
);
