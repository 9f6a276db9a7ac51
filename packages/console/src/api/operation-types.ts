/** What may be asked of the API and what it answers, by the OpenAPI document; nothing here runs. */
import type { Operations } from './generated/operations.ts';

export type OperationName = keyof Operations;
export type AnswerOf<Name extends OperationName> = Operations[Name]['answer'];

type Part<Key extends string, Value> = undefined extends Value
  ? { readonly [key in Key]?: Value }
  : Record<string, never> extends Value
    ? { readonly [key in Key]?: Value }
    : { readonly [key in Key]: Value };

export type RequestOf<Name extends OperationName> = Part<'path', Operations[Name]['path']> &
  Part<'query', Operations[Name]['query']> &
  Part<'body', Operations[Name]['body']> & {
    readonly signal?: AbortSignal | undefined;
    /** Of one intention: the same request sent again with it has no second effect. */
    readonly once?: string | undefined;
    /** The ETag of what the change was made on sight of. */
    readonly ifMatch?: string | undefined;
  };
