import { z } from 'zod';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

function isJson(value: unknown): value is Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  return isPlainMap(value) && Object.values(value).every(isJson);
}

/** Instances of classes, a `Secret` above all, are no JSON even where they have no members of their own. */
function isPlainMap(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Schema of any JSON value. Unlike zod's own it is written as the empty schema, without `$ref`, so that lint
 * can look at any part of an action's schema by itself; expressions may read any member of it.
 */
export const json = (): z.ZodType<Json> => z.custom<Json>(isJson, 'expects plain JSON');
