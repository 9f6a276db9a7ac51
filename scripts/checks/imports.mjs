import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import {
  CONFINED,
  IMPURE_LIBRARIES,
  PACKAGE_EDGES,
  PURE,
  PURE_NODE_NAMES,
  ROUTES,
  SERVER_EDGES,
  SERVER_STARTERS,
  TEST_FILE,
} from './import-rules.mjs';
import { readModule } from './read-imports.mjs';

/** @typedef {import('./read-imports.mjs').Import} Import */
/** @typedef {{ path: string, line: number, message: string }} Fault */
/** @typedef {{ path: string, source: string }} SourceFile path from the root of the repository, `/` between parts */
/** @typedef {Readonly<Record<string, { name: string, dependencies: readonly string[] }>>} Manifests by package folder */

/**
 * Import directions, purity and cycles over the sources of all packages, as one list of faults.
 *
 * @param {readonly SourceFile[]} files
 * @param {Manifests} manifests
 * @returns {Fault[]}
 */
export function importFaults(files, manifests) {
  const known = new Set(files.map((file) => file.path));
  /** @type {Map<string, { to: string, line: number }[]>} */
  const graph = new Map();
  /** @type {Fault[]} */
  const faults = [];
  for (const file of files) {
    if (TEST_FILE.test(file.path)) continue;
    const { imports, impure } = readModule(file.source, file.path);
    /** @type {{ to: string, line: number }[]} */
    const edges = [];
    graph.set(file.path, edges);
    for (const found of imports) {
      const message = faultOf(file.path, found, manifests);
      if (message !== undefined) faults.push({ path: file.path, line: found.line, message });
      const to = resolveRelative(file.path, found.specifier);
      // A stylesheet is no module: the bundler says when it is missing.
      if (to === undefined || to.endsWith('.css')) continue;
      edges.push({ to, line: found.line });
      if (!known.has(to)) faults.push({ path: file.path, line: found.line, message: `there is no file ${to}` });
    }
    if (PURE.test(file.path)) {
      for (const { what, line } of impure) {
        faults.push({ path: file.path, line, message: `pure code uses ${what}; take it as an argument` });
      }
    }
  }
  return [...faults, ...cycleFaults(graph)];
}

/**
 * @param {string} from
 * @param {Import} found
 * @param {Manifests} manifests
 * @returns {string | undefined}
 */
function faultOf(from, found, manifests) {
  const to = resolveRelative(from, found.specifier);
  if (to !== undefined) return relativeFault(from, to, found);
  if (found.specifier.startsWith('node:')) return nodeFault(from, found);
  if (builtinModules.includes(found.specifier)) return `write node:${found.specifier}`;
  return bareFault(from, found, manifests);
}

/**
 * @param {string} from
 * @param {string} to
 * @param {Import} found
 */
function relativeFault(from, to, found) {
  const home = packageOf(from);
  if (packageOf(to) !== home) return `reaches into another package by path (${to}); import the package by name`;
  if (TEST_FILE.test(to)) return `imports ${to}, which only tests may use`;
  if (isCore(from) && !found.typeOnly && !to.startsWith(coreOf(from)))
    return `core/ imports ${to}; only types may come from outside core/`;
  return home === 'server' ? serverFault(from, to, found) : undefined;
}

/**
 * @param {string} from
 * @param {string} to
 * @param {Import} found
 */
function serverFault(from, to, found) {
  const [source, target] = [domainOf(from), domainOf(to)];
  if (source === target) return undefined;
  const isDoor = to.endsWith(`${target}/index.ts`);
  if (source === '') return isDoor || ROUTES.test(to) ? undefined : `enters ${target} past its index.ts`;
  if (target === '')
    return 'only the composition root knows main.ts, wire.ts and config.ts; take what is needed as an argument';
  const edges = edgesOf(source);
  if (edges === undefined) return `the folder ${source} is not in scripts/checks/import-rules.mjs`;
  const isRoute = target === 'http' && ROUTES.test(from);
  if (!isRoute && !permits(edges, target, found.typeOnly)) return `${source} may not import ${target}`;
  return isDoor ? undefined : `enters ${target} past its index.ts`;
}

/**
 * @param {string} from
 * @param {Import} found
 */
function nodeFault(from, found) {
  if (!PURE.test(from)) return undefined;
  if (!isCore(from) || packageOf(from) === 'runbook')
    return `packages/runbook runs in browsers and may not import ${found.specifier}`;
  const isHashing = found.specifier === 'node:crypto' && found.names.every((name) => PURE_NODE_NAMES.has(name));
  return isHashing ? undefined : `core/ may not import ${found.specifier}`;
}

/**
 * @param {string} from
 * @param {Import} found
 * @param {Manifests} manifests
 */
function bareFault(from, found, manifests) {
  const library = libraryOf(found.specifier);
  const home = packageOf(from);
  const own = manifests[folderOf(home)];
  const inner = Object.entries(manifests).find(([, manifest]) => manifest.name === library)?.[0];
  if (inner !== undefined) {
    const fault = packageFault(from, home, inner, found);
    if (fault !== undefined) return fault;
  } else if (PURE.test(from) && IMPURE_LIBRARIES.has(library)) {
    return `pure code may not import ${library}`;
  }
  const place = CONFINED[library];
  if (place !== undefined && (home !== 'server' || domainOf(from) !== place)) return `${library} stays inside ${place}`;
  const declared = own === undefined || own.dependencies.includes(library) || (found.typeOnly && inner !== undefined);
  return declared ? undefined : `${library} is not a dependency in ${folderOf(home)}/package.json`;
}

/**
 * @param {string} from
 * @param {string} home
 * @param {string} inner folder of the imported workspace package
 * @param {Import} found
 */
function packageFault(from, home, inner, found) {
  const target = packageOf(`${inner}/`);
  if (found.specifier.includes('/src/')) return `imports the src of ${target}; import the package by name`;
  if (home === 'cli' && target === 'server') {
    return SERVER_STARTERS.test(from) ? undefined : 'only the commands up and worker start the server';
  }
  /** @type {Readonly<Record<string, readonly string[]>>} */
  const packages = PACKAGE_EDGES;
  const edges = packages[home] ?? packages[home.replace(/[^/]+$/, '*')];
  if (edges === undefined) return `the package ${home} is not in scripts/checks/import-rules.mjs`;
  if (!permits(edges, target, found.typeOnly))
    return `${home} may not import ${target}${found.typeOnly ? '' : ' (or types only)'}`;
  if (home !== 'server' || target !== 'runbook') return undefined;
  const domain = domainOf(from);
  if (domain === '' || permits(edgesOf(domain) ?? [], '@tenantry/runbook', found.typeOnly)) return undefined;
  return `${domain} may not import @tenantry/runbook`;
}

/**
 * @param {readonly string[]} edges
 * @param {string} target
 * @param {boolean} typeOnly
 */
const permits = (edges, target, typeOnly) =>
  edges.includes(target) || (typeOnly && edges.includes(`${target} (types)`));

/** @param {string} domain */
const edgesOf = (domain) =>
  SERVER_EDGES[domain] ?? (domain.startsWith('connectors/') ? SERVER_EDGES['connectors/*'] : undefined);

/**
 * `packages/server/src/x.ts` -> `server`; `examples/apps/cutlist/src/x.ts` -> `examples/apps/cutlist`.
 * @param {string} path
 */
const packageOf = (path) => /^packages\/([^/]+)\//.exec(path)?.[1] ?? /^examples\/apps\/[^/]+/.exec(path)?.[0] ?? '';

/** @param {string} home */
const folderOf = (home) => (home.includes('/') ? home : `packages/${home}`);

/**
 * The domain a file of the server stands in; `''` for the composition root and the list of connectors.
 * @param {string} path
 */
function domainOf(path) {
  const [first = '', second = '', third] = path.slice('packages/server/src/'.length).split('/');
  if (second === '') return '';
  if (first !== 'connectors') return first;
  return third === undefined ? '' : `connectors/${second}`;
}

/** @param {string} path */
const isCore = (path) => path.includes('/core/');

/** @param {string} path */
const coreOf = (path) => path.slice(0, path.indexOf('/core/') + '/core/'.length);

/** @param {string} specifier */
const libraryOf = (specifier) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/**
 * @param {string} from
 * @param {string} specifier
 */
function resolveRelative(from, specifier) {
  return /^\.{1,2}\//.test(specifier) ? posix.join(posix.dirname(from), specifier) : undefined;
}

/**
 * One fault for each cycle, named by its files in order (Tarjan would only give the set).
 *
 * @param {ReadonlyMap<string, readonly { to: string, line: number }[]>} graph
 * @returns {Fault[]}
 */
function cycleFaults(graph) {
  /** @type {Set<string>} */
  const done = new Set();
  /** @type {string[]} */
  const trail = [];
  /** @type {Fault[]} */
  const faults = [];
  /** @param {string} path */
  const visit = (path) => {
    trail.push(path);
    for (const { to, line } of graph.get(path) ?? []) {
      const at = trail.indexOf(to);
      if (at !== -1) faults.push({ path, line, message: `import cycle: ${[...trail.slice(at), to].join(' -> ')}` });
      else if (!done.has(to) && graph.has(to)) visit(to);
    }
    trail.pop();
    done.add(path);
  };
  for (const path of graph.keys()) if (!done.has(path)) visit(path);
  return faults;
}
