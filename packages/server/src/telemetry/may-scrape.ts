import { createHash, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../connectors/kit/index.ts';

export interface ScrapeRules {
  /** Without one, only a development installation answers, and only to this machine. */
  readonly token: Secret | undefined;
  readonly development: boolean;
}

export interface ScrapeRequest {
  readonly authorization: string | undefined;
  /** Of the connection itself, whatever a header says. */
  readonly peer: string | undefined;
  /** Whether a proxy says that it speaks for somebody else. */
  readonly forwarded: boolean;
}

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;

/** The figures tell how busy an installation is and which tenants it has, so they are nobody's by default. */
export function mayScrape({ token, development }: ScrapeRules, request: ScrapeRequest): boolean {
  if (token === undefined) return development && !request.forwarded && LOOPBACK.test(request.peer ?? '');
  const given = /^Bearer +(\S+) *$/i.exec(request.authorization ?? '')?.[1];
  return given !== undefined && timingSafeEqual(digest(given), digest(token.reveal()));
}

/** Of equal length, so that comparing takes the same time whatever was sent. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const FORWARDING_HEADERS = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'];

export const isForwarded = (headers: Readonly<Record<string, unknown>>): boolean =>
  FORWARDING_HEADERS.some((name) => headers[name] !== undefined);
