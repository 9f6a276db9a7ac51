/** Pages that the server cuts: a cursor leads to the next one, and those passed are remembered for the way back. */
import { Button, Group } from '@mantine/core';
import { type ReactNode, useState } from 'react';

export interface Paging {
  readonly cursor: string | undefined;
  readonly isFirst: boolean;
  readonly forward: (cursor: string) => void;
  readonly back: () => void;
}

/** Begins anew whenever what is asked for changes. */
export function usePaging(asked: string): Paging {
  const [held, setHeld] = useState<{ readonly asked: string; readonly cursors: readonly string[] }>({
    asked,
    cursors: [],
  });
  const cursors = held.asked === asked ? held.cursors : [];
  return {
    cursor: cursors.at(-1),
    isFirst: cursors.length === 0,
    forward: (cursor) => setHeld({ asked, cursors: [...cursors, cursor] }),
    back: () => setHeld({ asked, cursors: cursors.slice(0, -1) }),
  };
}

export function Pager({ paging, next }: { readonly paging: Paging; readonly next: string | null }): ReactNode {
  if (paging.isFirst && next === null) return null;
  return (
    <Group component="nav" aria-label="Pages of the list" gap="sm">
      <Button variant="default" size="xs" disabled={paging.isFirst} onClick={paging.back}>
        Previous
      </Button>
      <Button
        variant="default"
        size="xs"
        disabled={next === null}
        onClick={() => next !== null && paging.forward(next)}
      >
        Next
      </Button>
    </Group>
  );
}
