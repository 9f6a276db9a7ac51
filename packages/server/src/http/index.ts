export { type Authenticate, personOf } from './authenticate.ts';
export { type CookieAttributes, cookieHeader, cookieOf } from './cookies.ts';
export { createHttpServer, type HttpServerOptions, packageVersion } from './create-http-server.ts';
export { decodeCursor, encodeCursor, pageOf } from './cursor.ts';
export { etagOf, requireIfMatch } from './etag.ts';
export { type ServerEvent, type StreamStart, streamEvents } from './event-stream.ts';
export { type HtmlPage, sendPage } from './html-page.ts';
export type { HttpConfig, HttpServer, HttpServices, RouteFacts } from './http-server.ts';
export { purgeIdempotencyKeys } from './idempotency.ts';
export { createLogger, type LoggerOptions, redactText } from './logger.ts';
export { sendProblem } from './problem-answers.ts';
export { listRoutes } from './route-table.ts';
export {
  assertSameOrigin,
  type CookieOptions,
  clearSessionCookie,
  sessionTextOf,
  setSessionCookie,
} from './session-cookie.ts';
export { type AddressLimit, limitByAddress } from './throttle.ts';
export { type Answer, read, write } from './write.ts';
