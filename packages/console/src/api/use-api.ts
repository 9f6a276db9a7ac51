import {
  keepPreviousData,
  type UseMutationResult,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useRef } from 'react';
import type { ApiFault } from './api-fault.ts';
import { call } from './call.ts';
import type { AnswerOf, OperationName, RequestOf } from './operation-types.ts';

export const keyOf = (name: OperationName, request: object): readonly unknown[] => [name, request];

interface ReadOptions {
  /** Keep showing the page before while the next one comes. */
  readonly keep?: boolean;
  readonly everyMs?: number;
  readonly enabled?: boolean;
}

/** Reads through the cache; the name of the operation and its request are the key. */
export function useApi<Name extends OperationName>(
  name: Name,
  request: RequestOf<Name>,
  options: ReadOptions = {},
): UseQueryResult<AnswerOf<Name>, ApiFault> {
  return useQuery<AnswerOf<Name>, ApiFault>({
    queryKey: keyOf(name, request),
    queryFn: ({ signal }) => call(name, { ...request, signal }),
    ...(options.keep === true ? { placeholderData: keepPreviousData } : {}),
    ...(options.everyMs === undefined ? {} : { refetchInterval: options.everyMs }),
    ...(options.enabled === undefined ? {} : { enabled: options.enabled }),
  });
}

/**
 * Writes. One intention has one Idempotency-Key: a second press, or a retry after the connection was lost, has no
 * second effect; a new key is taken once the server has answered.
 */
export function useAct<Name extends OperationName>(
  name: Name,
  options: { readonly refresh?: readonly OperationName[]; readonly onAnswer?: (answer: AnswerOf<Name>) => void } = {},
): UseMutationResult<AnswerOf<Name>, ApiFault, RequestOf<Name>> {
  const once = useRef<{ readonly key: string; readonly text: string } | undefined>(undefined);
  const client = useQueryClient();
  return useMutation<AnswerOf<Name>, ApiFault, RequestOf<Name>>({
    mutationFn: async (request) => {
      const text = JSON.stringify(request);
      // Another request is another intention.
      if (once.current?.text !== text) once.current = { key: crypto.randomUUID(), text };
      try {
        const answer = await call(name, { ...request, once: once.current.key });
        once.current = undefined;
        return answer;
      } catch (error) {
        // Unanswered: whether it took effect is not known, so the next try is the same request.
        if ((error as ApiFault).status !== 0) once.current = undefined;
        throw error;
      }
    },
    onSuccess: async (answer) => {
      options.onAnswer?.(answer);
      await Promise.all((options.refresh ?? []).map((read) => client.invalidateQueries({ queryKey: [read] })));
    },
  });
}
