import { z } from 'zod';
import { defineCheck, json, maybeSecret, secretsOf } from '../kit/index.ts';
import { openCaller } from './caller.ts';

const TEXT_MAX = 65_536;

/** What every check of one address takes. */
export const addressShape = {
  /** Absolute, or a path of the connection. */
  url: z.string().min(1).max(2_048),
  /** Name of a connection of kind `http`; without it only public addresses are called. */
  connection: z.string().min(1).optional(),
} as const;

const input = z.strictObject({ ...addressShape, headers: z.record(z.string(), maybeSecret()).default({}) });

const output = z.strictObject({
  status: z.number(),
  headers: z.record(z.string(), z.string()),
  /** Absent when the body is no JSON. */
  json: json().optional(),
  text: z.string(),
  truncated: z.boolean(),
  duration_ms: z.number(),
});

/** `http.get`: one request; every status is an answer to judge, redirects are not followed. */
export const getCheck = defineCheck<z.infer<typeof input>, z.infer<typeof output>>({
  name: 'http.get',
  version: 1,
  summary: 'Gets one address: status, headers, body and duration',
  input,
  output,
  async run(ctx, given) {
    await using caller = openCaller(ctx, given.connection);
    const answer = await caller.call({ method: 'GET', ...given, secrets: secretsOf(given.headers) });
    return {
      status: answer.status,
      headers: { ...answer.headers },
      ...(answer.json === undefined ? {} : { json: output.shape.json.parse(answer.json) }),
      text: answer.text.slice(0, TEXT_MAX),
      truncated: answer.truncated || answer.text.length > TEXT_MAX,
      duration_ms: answer.durationMs,
    };
  },
});
