/** One run, live: every event of the server moves it, and nothing polls while the stream stands. */

import { type UseMutationResult, type UseQueryResult, useQueryClient } from '@tanstack/react-query';
import type { RunEventView } from '@tenantry/contract';
import { useEffect, useState } from 'react';
import type { ApiFault } from '../../api/api-fault.ts';
import { addressOf } from '../../api/call.ts';
import type { AnswerOf, OperationName, RequestOf } from '../../api/operation-types.ts';
import { keyOf, useAct, useApi } from '../../api/use-api.ts';

export type Run = AnswerOf<'GET /api/v1/runs/{run}'>;
export type Step = Run['steps'][number];
export type Ask = Run['asks'][number];
export type Outlook = AnswerOf<'GET /api/v1/runs/{run}/outlook'>;
export type Evidence = AnswerOf<'GET /api/v1/runs/{run}/evidence'>['items'][number];

/** Everything about a run that an event may have changed. */
const MOVED: readonly OperationName[] = [
  'GET /api/v1/runs/{run}',
  'GET /api/v1/runs/{run}/outlook',
  'GET /api/v1/runs/{run}/evidence',
  'GET /api/v1/runs/{run}/attempts',
  'GET /api/v1/runs/{run}/resources',
];

/** A run that moves no more. */
export const ENDED = new Set<string>(['completed', 'rolled_back', 'cancelled']);

/** Events come in bursts; one look for all that came within this time. A change is on screen within 300 ms. */
const GATHER_MS = 60;

export interface LiveRun {
  readonly run: UseQueryResult<Run, ApiFault>;
  readonly events: readonly RunEventView[];
  /** Whether the stream stands; without it the page looks by itself now and then. */
  readonly live: boolean;
}

export function useRun(id: string): LiveRun {
  const client = useQueryClient();
  const [events, setEvents] = useState<readonly RunEventView[]>([]);
  const [live, setLive] = useState(false);
  const run = useApi('GET /api/v1/runs/{run}', { path: { run: id } }, live ? {} : { everyMs: 5_000 });
  useEffect(() => {
    const gathered: RunEventView[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    setEvents([]);
    const look = (): void => {
      timer = undefined;
      const fresh = gathered.splice(0);
      setEvents((known) => [...known, ...fresh.filter(({ revision }) => revision > (known.at(-1)?.revision ?? 0))]);
      for (const name of MOVED) void client.invalidateQueries({ queryKey: keyOf(name, { path: { run: id } }) });
    };
    const source = new EventSource(addressOf('GET /api/v1/runs/{run}/events', { path: { run: id } }));
    source.addEventListener('open', () => setLive(true));
    source.addEventListener('error', () => {
      setLive(false);
      // The server ends the stream of a run that has ended: nothing more will come of it.
      const status = client.getQueryData<Run>(keyOf('GET /api/v1/runs/{run}', { path: { run: id } }))?.status;
      if (ENDED.has(status ?? '')) source.close();
    });
    // News that is no event of the run: a question of the client, or an answer by somebody else of the vendor.
    source.addEventListener('moved', () => {
      void client.invalidateQueries({ queryKey: keyOf('GET /api/v1/runs/{run}/questions', { path: { run: id } }) });
    });
    source.addEventListener('run', (event) => {
      gathered.push(JSON.parse((event as MessageEvent<string>).data) as RunEventView);
      timer ??= setTimeout(look, GATHER_MS);
    });
    return () => {
      clearTimeout(timer);
      source.close();
    };
  }, [id, client]);
  return { run, events, live };
}

type RunOperation = {
  [Name in OperationName]: AnswerOf<Name> extends Run ? (Name extends `POST ${string}` ? Name : never) : never;
}[OperationName];

/** An act on a run answers the run as it then is: it is shown at once, without another look. */
export function useRunAct<Name extends RunOperation>(
  name: Name,
  id: string,
): UseMutationResult<AnswerOf<Name>, ApiFault, RequestOf<Name>> {
  const client = useQueryClient();
  return useAct(name, {
    refresh: ['GET /api/v1/attention', 'GET /api/v1/runs/{run}/outlook'],
    onAnswer: (answer) => client.setQueryData(keyOf('GET /api/v1/runs/{run}', { path: { run: id } }), answer),
  });
}
