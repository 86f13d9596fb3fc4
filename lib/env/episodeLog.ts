import type { ColumnSpecs, Columns } from '../arena.ts';
import type { ColumnarEnv, EnvContext } from './env.ts';
import { RecentEpisodes } from './recentEpisodes.ts';

const { capacity } = RecentEpisodes;

type Scored = Pick<ColumnarEnv, 'scores'>;

/**
 * What blocks of worlds have to tell since the last `tally`: how many transitions they made, and which episodes ended.
 * Each block keeps its last episodes only, which are all that a mean over the last of all blocks can be made of.
 */
export class EpisodeLog {
  readonly #columns: Columns<ReturnType<typeof EpisodeLog.columns>>;
  readonly #scores: readonly ((context: EnvContext, i: number) => number)[];
  readonly #blocks: number;
  /** Room for a list of all that is kept. */
  readonly #entries: Int32Array;

  static columns(env: Scored, blocks: number) {
    const scores = Object.keys(env.scores ?? {}).length;
    return {
      logSteps: ['f64', blocks],
      logCounts: ['i32', blocks],
      logTimes: ['f64', blocks * capacity],
      logRows: ['i32', blocks * capacity],
      logReturns: ['f64', blocks * capacity],
      logLengths: ['i32', blocks * capacity],
      logScores: ['f64', blocks * capacity * scores],
    } as const satisfies ColumnSpecs;
  }

  constructor(env: Scored, blocks: number, columns: Columns<ReturnType<typeof EpisodeLog.columns>>) {
    this.#columns = columns;
    this.#scores = Object.values(env.scores ?? {});
    this.#blocks = blocks;
    this.#entries = new Int32Array(capacity * blocks);
  }

  /** Counts a step's transitions. */
  count(block: number, transitions: number): void {
    this.#columns.logSteps[block] += transitions;
  }

  /** An episode that ended in step t; the context is what scores are read from, if there are some. */
  add(
    block: number,
    t: number,
    row: number,
    episodeReturn: number,
    length: number,
    context?: EnvContext,
  ): void {
    const { logCounts, logTimes, logRows, logReturns, logLengths, logScores } = this.#columns;
    const entry = capacity * block + (logCounts[block]++ % capacity);
    logTimes[entry] = t;
    logRows[entry] = row;
    logReturns[entry] = episodeReturn;
    logLengths[entry] = length;
    const width = this.#scores.length;
    for (let k = 0; k < width; k++)
      logScores[entry * width + k] = this.#scores[k](context as EnvContext, row);
  }

  /** Adds the episodes, in the order of their steps and rows, and begins anew; returns the transitions. */
  tally(recent: RecentEpisodes): number {
    const { logSteps, logCounts, logTimes, logRows } = this.#columns;
    const entries = this.#entries;
    let steps = 0;
    let episodes = 0;
    let kept = 0;
    // Those of a single step are in order already, and those that one block tells of.
    let isOrdered = true;
    let time = -1;
    let row = -1;
    for (let block = 0; block < this.#blocks; block++) {
      const count = logCounts[block];
      steps += logSteps[block];
      episodes += count;
      const begin = capacity * block;
      // Once the ring has come round its oldest entry is the one that would be overwritten next.
      let entry = begin + (count > capacity ? count % capacity : 0);
      for (let k = Math.min(capacity, count); k > 0; k--) {
        if (logTimes[entry] < time || (logTimes[entry] === time && logRows[entry] < row)) isOrdered = false;
        time = logTimes[entry];
        row = logRows[entry];
        entries[kept++] = entry;
        if (++entry === begin + capacity) entry = begin;
      }
      logSteps[block] = 0;
      logCounts[block] = 0;
    }
    this.#tell(isOrdered ? entries.subarray(0, kept) : this.#ordered(kept), episodes, recent);
    return steps;
  }

  /** Forgets what has been told. */
  clear(): void {
    this.#columns.logSteps.fill(0);
    this.#columns.logCounts.fill(0);
  }

  #compare(a: number, b: number): number {
    const { logTimes, logRows } = this.#columns;
    return logTimes[a] - logTimes[b] || logRows[a] - logRows[b];
  }

  /** The last of the listed entries, or all of them, in order. */
  #ordered(kept: number): Int32Array {
    const { logTimes } = this.#columns;
    let entries = this.#entries.subarray(0, kept);
    if (kept > 2 * capacity) {
      const times = Float64Array.from(entries, (entry) => logTimes[entry]).sort();
      const since = times[times.length - capacity];
      entries = entries.filter((entry) => logTimes[entry] >= since);
    }
    return entries.sort((a, b) => this.#compare(a, b));
  }

  /** Adds the last of these entries; `episodes` ended in all. */
  #tell(entries: Int32Array, episodes: number, recent: RecentEpisodes): void {
    const { logReturns, logLengths, logScores } = this.#columns;
    const width = this.#scores.length;
    const first = Math.max(0, entries.length - capacity);
    recent.episodes += episodes - (entries.length - first);
    for (let k = first; k < entries.length; k++) {
      const entry = entries[k];
      recent.add(logReturns[entry], logLengths[entry], logScores, entry * width);
    }
  }
}
