import type { AnswerOf } from './operation-types.ts';
import { useApi } from './use-api.ts';

export type Me = AnswerOf<'GET /api/v1/whoami'>;

/** Who is signed in. The frame shows no page before it is known. */
export const useMe = (): Me | undefined => useApi('GET /api/v1/whoami', {}).data;

/** What a button asks before it shows itself. The server decides; this only spares a click that would be refused. */
export const may = (me: Me | undefined, scope: Me['scopes'][number]): boolean => me?.scopes.includes(scope) === true;
