/** What a page shows when it has nothing, not yet, or not any more: every page uses these. */
import { Alert, Button, Group, List, Skeleton, Stack, Text, Title } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { ApiFault } from '../api/api-fault.ts';

export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }): ReactNode {
  return (
    <Stack className="empty" gap="xs" align="flex-start">
      <Title order={2} size="h4">
        {title}
      </Title>
      {children}
    </Stack>
  );
}

export function Loading({ lines = 4 }: { readonly lines?: number }): ReactNode {
  return (
    <Stack gap="sm" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_each, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines that are all alike
        <Skeleton key={index} height={index === 0 ? 28 : 18} width={index === 0 ? '40%' : '100%'} />
      ))}
    </Stack>
  );
}

interface FaultProps {
  readonly fault: ApiFault;
  readonly title?: string;
  readonly onRetry?: (() => void) | undefined;
}

/** What happened, where, and what to do next: the server's own words. */
export function FaultAlert({ fault, title, onRetry }: FaultProps): ReactNode {
  const offline = fault.status === 0;
  return (
    <Alert
      className={offline ? 'alert-warn' : 'alert-bad'}
      title={title ?? (offline ? 'Not connected' : 'This did not work')}
      role="alert"
      variant="outline"
    >
      <Stack gap="xs">
        <Text size="sm">
          {fault.message} {fault.next}
        </Text>
        {fault.faults.length > 0 && (
          <List size="sm">
            {fault.faults.map((each) => (
              <List.Item key={`${each.path} ${each.message}`}>
                {each.path === '' ? '' : `${each.path}: `}
                {each.message} {each.fix}
              </List.Item>
            ))}
          </List>
        )}
        <Group gap="sm">
          {onRetry !== undefined && (
            <Button size="xs" variant="default" onClick={onRetry}>
              Try again
            </Button>
          )}
          {fault.requestId !== undefined && fault.status >= 500 && <Text size="xs">Request {fault.requestId}</Text>}
        </Group>
      </Stack>
    </Alert>
  );
}

interface LoadedProps<Data> {
  readonly of: UseQueryResult<Data, ApiFault>;
  readonly lines?: number;
  readonly children: (data: Data) => ReactNode;
}

/** Loading, refused, or there. What was there before a fault stays, with the fault above it. */
export function Loaded<Data>({ of, lines, children }: LoadedProps<Data>): ReactNode {
  const { data, error, refetch } = of;
  if (data === undefined && error === null) return <Loading {...(lines === undefined ? {} : { lines })} />;
  return (
    <>
      {error !== null && <FaultAlert fault={error} onRetry={() => void refetch()} />}
      {data !== undefined && children(data)}
    </>
  );
}
