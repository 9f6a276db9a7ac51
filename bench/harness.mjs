import { median, spreadPercent } from './statistics.mjs';

/** @typedef {{ atLeast: number } | { atMost: number }} Budget */

/**
 * @typedef {object} Row one line of `bench/results/NAME.json`
 * @property {string} work
 * @property {string} unit of `ours` and `peer`
 * @property {number} ours median
 * @property {number | null} peer median; null where nothing stands beside us
 * @property {string | null} peerName
 * @property {number | null} ratio ours / peer
 * @property {string | null} budget of the ratio, or of `ours` where there is no peer; null where it is only reported
 * @property {boolean | null} holds
 * @property {string} machine
 * @property {Readonly<Record<string, string>>} versions
 * @property {{ ours: number, peer: number | null, repetitions: number }} noise spreads in percent of the median
 */

/** @typedef {() => number | Promise<number>} Measurement answers one figure in the unit of its row */

/**
 * @typedef {object} Comparison
 * @property {string} work
 * @property {string} unit
 * @property {Measurement} ours
 * @property {{ name: string, run: Measurement }} peer
 * @property {Budget} [budget] of the ratio ours / peer
 */

/**
 * @typedef {object} Report
 * @property {string} work
 * @property {string} unit
 * @property {Measurement} ours
 * @property {Budget} [budget] of our own figure: shown, never a reason to fail
 */

/**
 * @typedef {object} Bench what a suite in `bench/suites` is handed
 * @property {boolean} quick fewer repetitions; a suite also takes smaller sizes
 * @property {(comparison: Comparison) => Promise<Row>} compare
 * @property {(report: Report) => Promise<Row>} report
 */

const REPETITIONS = 7;
const REPETITIONS_QUICK = 3;

/**
 * Collects the rows of one suite.
 *
 * @param {{ quick: boolean, machine: string, versions: Readonly<Record<string, string>>, onRow?: (row: Row) => void }} options
 * @returns {Bench & { rows: readonly Row[] }}
 */
export function createBench({ quick, machine, versions, onRow = () => {} }) {
  const repetitions = quick ? REPETITIONS_QUICK : REPETITIONS;
  /** @type {Row[]} */
  const rows = [];
  /** @param {Row} row */
  const keep = (row) => {
    rows.push(row);
    onRow(row);
    return row;
  };
  return {
    quick,
    rows,
    async compare({ work, unit, ours, peer, budget }) {
      const [own, other] = await interleave(ours, peer.run, repetitions);
      const ratio = median(own) / median(other);
      return keep({
        work,
        unit,
        ours: rounded(median(own)),
        peer: rounded(median(other)),
        peerName: peer.name,
        ratio: rounded(ratio),
        ...judged(ratio, budget),
        machine,
        versions,
        noise: { ours: rounded(spreadPercent(own)), peer: rounded(spreadPercent(other)), repetitions },
      });
    },
    async report({ work, unit, ours, budget }) {
      const own = await repeat(ours, repetitions);
      return keep({
        work,
        unit,
        ours: rounded(median(own)),
        peer: null,
        peerName: null,
        ratio: null,
        ...judged(median(own), budget),
        machine,
        versions,
        noise: { ours: rounded(spreadPercent(own)), peer: null, repetitions },
      });
    },
  };
}

/**
 * True where a ratio to a peer misses its budget: only that fails a bench (absolute figures depend on the machine).
 *
 * @param {Row} row
 */
export const isMissed = (row) => row.ratio !== null && row.holds === false;

/**
 * Measures both sides by turns, after one unmeasured turn each. Whoever goes first changes from turn to turn, so that
 * a machine that slows down or warms up favours neither.
 *
 * @param {Measurement} ours
 * @param {Measurement} peer
 * @param {number} repetitions
 * @returns {Promise<[number[], number[]]>}
 */
async function interleave(ours, peer, repetitions) {
  await ours();
  await peer();
  /** @type {[number[], number[]]} */
  const values = [[], []];
  for (let turn = 0; turn < repetitions; turn++) {
    const oursFirst = turn % 2 === 0;
    if (oursFirst) values[0].push(await ours());
    values[1].push(await peer());
    if (!oursFirst) values[0].push(await ours());
  }
  return values;
}

/**
 * @param {Measurement} ours
 * @param {number} repetitions
 */
async function repeat(ours, repetitions) {
  await ours();
  const values = [];
  for (let turn = 0; turn < repetitions; turn++) values.push(await ours());
  return values;
}

/**
 * @param {number} figure
 * @param {Budget | undefined} budget
 * @returns {{ budget: string | null, holds: boolean | null }}
 */
function judged(figure, budget) {
  if (budget === undefined) return { budget: null, holds: null };
  if ('atLeast' in budget) return { budget: `>= ${budget.atLeast}`, holds: figure >= budget.atLeast };
  return { budget: `<= ${budget.atMost}`, holds: figure <= budget.atMost };
}

/**
 * To four significant digits: more would only be noise in a diff of the committed results.
 *
 * @param {number} value
 */
const rounded = (value) => Number(value.toPrecision(4));
