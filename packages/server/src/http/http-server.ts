import type { IncomingMessage, ServerResponse } from 'node:http';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyRequest,
  FastifySchema,
  RawServerDefault,
  RouteGenericInterface,
  RouteHandlerMethod,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { PersonActor, Scope } from '../access/index.ts';
import type { Database } from '../db/index.ts';

/** The server as routes see it: schemas are zod, and handlers are typed from them. */
export type HttpServer = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** A handler of a route with these schemas. */
export type RouteHandler<Schema extends FastifySchema> = RouteHandlerMethod<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  RouteGenericInterface,
  unknown,
  Schema,
  ZodTypeProvider,
  FastifyBaseLogger
>;

/** A request to a route with these schemas. */
export type RouteRequest<Schema extends FastifySchema> = FastifyRequest<
  RouteGenericInterface,
  RawServerDefault,
  IncomingMessage,
  Schema,
  ZodTypeProvider,
  unknown,
  FastifyBaseLogger
>;

/** The part of the configuration this folder reads. */
export interface HttpConfig {
  /** No slash at its end. */
  readonly publicUrl: string;
  readonly bodyLimitBytes: number;
  /** For each key, and for each address on public routes. */
  readonly rateLimitPerMinute: number;
  /** Addresses or CIDR ranges of proxies whose forwarding headers are believed. */
  readonly trustProxy?: readonly string[] | undefined;
}

/** What handlers work with. */
export interface HttpServices {
  readonly database: Database;
  readonly now: () => Date;
  /** No write waits longer than this for a row or for an earlier request with its Idempotency-Key. */
  readonly lockWaitMs: number;
}

/** One line of the route table. */
export interface RouteFacts {
  readonly method: string;
  readonly url: string;
  readonly public: boolean;
  /** Undefined on public routes and on those that any valid key opens. */
  readonly scope: Scope | undefined;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a key must carry; every route has this, `anyKey` or `public`. */
    readonly scope?: Scope;
    /** Answers any valid key, whatever its scopes: what it may do is decided behind the route, or it tells of itself. */
    readonly anyKey?: true;
    /** Answers without a key. */
    readonly public?: true;
    /** Members of a write's answer that are shown once: kept answers leave them out. */
    readonly onceShown?: readonly string[];
    /** Why a write does without `write()`, and so without Idempotency-Key. */
    readonly notIdempotent?: string;
  }

  interface FastifyRequest {
    /** Who asks; undefined on public routes only. */
    person: PersonActor | undefined;
    /** Whether the key of this request still opens this route; answers that go on for long ask again and again. */
    isStillAllowed: (() => Promise<boolean>) | undefined;
    /** sha-256 of the body as it was sent; set when there is an Idempotency-Key. */
    bodyHash: Buffer | undefined;
    /** Code of the error answered, for the log. */
    errorCode: string | undefined;
  }

  interface FastifyInstance {
    readonly services: HttpServices;
    /** Event streams being sent. */
    readonly openStreams: Set<AbortController>;
    readonly routeTable: RouteFacts[];
  }
}
