import type { ColumnSpecs, Columns } from '../arena.ts';
import type { ColumnarEnv, EnvContext } from './env.ts';
import { RecentEpisodes } from './recentEpisodes.ts';

const { capacity } = RecentEpisodes;

/**
 * What blocks of worlds have to tell since the last `tally`: how many transitions they made, and which episodes ended.
 * Each block keeps its last episodes only, which are all that a mean over the last of all blocks can be made of.
 */
export class EpisodeLog {
  readonly #columns: Columns<ReturnType<typeof EpisodeLog.columns>>;
  readonly #scores: readonly ((context: EnvContext, i: number) => number)[];
  readonly #blocks: number;

  static columns(env: ColumnarEnv, blocks: number) {
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

  constructor(env: ColumnarEnv, blocks: number, columns: Columns<ReturnType<typeof EpisodeLog.columns>>) {
    this.#columns = columns;
    this.#scores = Object.values(env.scores ?? {});
    this.#blocks = blocks;
  }

  /** Counts a step's transitions. */
  count(block: number, transitions: number): void {
    this.#columns.logSteps[block] += transitions;
  }

  /** An episode that ended in step t. */
  add(
    block: number,
    t: number,
    row: number,
    episodeReturn: number,
    length: number,
    context: EnvContext,
  ): void {
    const { logCounts, logTimes, logRows, logReturns, logLengths, logScores } = this.#columns;
    const entry = capacity * block + (logCounts[block]++ % capacity);
    logTimes[entry] = t;
    logRows[entry] = row;
    logReturns[entry] = episodeReturn;
    logLengths[entry] = length;
    const width = this.#scores.length;
    for (let k = 0; k < width; k++) logScores[entry * width + k] = this.#scores[k](context, row);
  }

  /** Adds the episodes, in the order of their steps and rows, and begins anew; returns the transitions. */
  tally(recent: RecentEpisodes): number {
    const { logSteps, logCounts, logTimes, logRows } = this.#columns;
    let steps = 0;
    let episodes = 0;
    const entries: number[] = [];
    for (let block = 0; block < this.#blocks; block++) {
      steps += logSteps[block];
      logSteps[block] = 0;
      const kept = Math.min(capacity, logCounts[block]);
      episodes += logCounts[block];
      logCounts[block] = 0;
      for (let k = 0; k < kept; k++) entries.push(capacity * block + k);
    }
    const ordered = this.#latest(entries).sort(
      (a, b) => logTimes[a] - logTimes[b] || logRows[a] - logRows[b],
    );
    const told = ordered.slice(-capacity);
    recent.episodes += episodes - told.length;
    for (const entry of told) this.#tell(entry, recent);
    return steps;
  }

  /** The entries among which the last ones of all are. */
  #latest(entries: number[]): number[] {
    if (entries.length <= 2 * capacity) return entries;
    const { logTimes } = this.#columns;
    const times = Float64Array.from(entries, (entry) => logTimes[entry]).sort();
    const since = times[times.length - capacity];
    return entries.filter((entry) => logTimes[entry] >= since);
  }

  #tell(entry: number, recent: RecentEpisodes): void {
    const { logReturns, logLengths, logScores } = this.#columns;
    const width = this.#scores.length;
    recent.add(logReturns[entry], logLengths[entry], logScores.subarray(entry * width, (entry + 1) * width));
  }
}
