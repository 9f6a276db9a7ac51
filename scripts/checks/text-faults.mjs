import { homedir } from 'node:os';
import { ROOT } from './repository-files.mjs';

const CODE = /\.(?:[cm]?[jt]sx?|sql|css|sh|ya?ml)$|^\.ci\//;
const TEXT = /\.(?:[cm]?[jt]sx?|sql|css|sh|ya?ml|json|md|html|txt|toml)$|^\.ci\/|^\.npmrc$|(?:^|\/)Dockerfile$/;

// Put together from parts: this file is read by the check it defines.
const LEFT_OPEN = new RegExp(
  `\\b(?:${['TO', 'FIX'].map((word) => `${word}${word === 'TO' ? 'DO' : 'ME'}`).join('|')})\\b(?!\\(#\\d+\\))`,
);
const HOME_PATH = /(?<![\w.])\/(?:home|Users)\/(?!node\b)[a-z_][\w.-]*\/|\b[A-Z]:\\+Users\\+\w/;
const REGISTRY = /https?:\/\/[\w.-]*(?:registry|verdaccio|artifactory)[\w.-]*|"resolved":\s*"https?:/i;

/** @typedef {import('./imports.mjs').Fault} Fault */

/**
 * Lines that must not be committed: work left open without an issue number, paths of one person's machine, and
 * addresses of package registries (they break an install behind another registry).
 *
 * @param {string} path
 * @param {string} source
 * @param {readonly string[]} machinePaths paths of this machine that may stand in no file
 * @returns {Fault[]}
 */
export function textFaults(path, source, machinePaths = machinePathsHere()) {
  if (!TEXT.test(path)) return [];
  const isCode = CODE.test(path);
  /** @type {Fault[]} */
  const faults = [];
  for (const [index, text] of source.split('\n').entries()) {
    /** @param {string} message */
    const fault = (message) => faults.push({ path, line: index + 1, message });
    if (isCode && LEFT_OPEN.test(text)) fault('work left open: finish it, or name its issue as in "(#12)"');
    if (HOME_PATH.test(text) || machinePaths.some((own) => text.includes(own))) fault('a path of one machine');
    if (REGISTRY.test(text)) fault('the address of a package registry');
  }
  return faults;
}

/** The checkout and the home directory, each with a closing slash so that a mere prefix does not match. */
function machinePathsHere() {
  return [ROOT, homedir()].filter((path) => path.length > 1).map((path) => `${path}/`);
}
