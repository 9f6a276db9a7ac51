import { QueryClient } from '@tanstack/react-query';
import { ApiFault } from '../api/api-fault.ts';

const RETRIES = 2;
const STALE_MS = 5_000;

export const createQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: STALE_MS,
        // Asking again does not help against a refusal.
        retry: (count, error) =>
          count < RETRIES && (!(error instanceof ApiFault) || error.status === 0 || error.status >= 500),
        // What is on screen stays there while the connection is away.
        networkMode: 'always',
      },
      mutations: { retry: false, networkMode: 'always' },
    },
  });
