import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Arena, bytesOf } from '../../../lib/arena.ts';
import type { EnvContext } from '../../../lib/env/env.ts';
import { EpisodeLog } from '../../../lib/env/episodeLog.ts';
import { RecentEpisodes } from '../../../lib/env/recentEpisodes.ts';

const scores = { row: (_: EnvContext, i: number) => i, half: (_: EnvContext, i: number) => i / 2 };

function open(blocks: number) {
  const specs = { ...EpisodeLog.columns({ scores }, blocks), ...RecentEpisodes.columns(2) };
  const columns = new Arena(bytesOf(specs)).take(specs);
  const recent = new RecentEpisodes(columns, scores);
  return { log: new EpisodeLog({ scores }, blocks, columns), recent, columns };
}

/** For each step the rows whose episode ends in it. */
const steps = (rows: number) =>
  fc.array(fc.oneof(fc.subarray([...Array(rows).keys()]), fc.constant([...Array(rows).keys()])), {
    maxLength: 12,
  });

const plays = fc
  .record({ rows: fc.integer({ min: 1, max: 60 }), size: fc.integer({ min: 1, max: 60 }) })
  .chain(({ rows, size }) =>
    fc.record({
      rows: fc.constant(rows),
      size: fc.constant(size),
      tallies: fc.array(steps(rows), { maxLength: 3 }),
    }),
  );

describe('EpisodeLog', () => {
  it('tells the last episodes in the order of their steps and rows, whatever the blocks', () => {
    fc.assert(
      fc.property(plays, ({ rows, size, tallies }) => {
        const { log, recent, columns } = open(Math.ceil(rows / size));
        const one = open(1);
        let t = 0;
        for (const ended of tallies) {
          // A block after the other, all steps of it.
          for (let first = 0; first < rows; first += size) {
            const block = first / size;
            for (const [k, list] of ended.entries()) {
              log.count(block, Math.min(size, rows - first));
              for (const row of list.filter((row) => row >= first && row < first + size))
                log.add(block, t + k, row, row + 100 * (t + k), k, {} as EnvContext);
            }
          }
          for (const [k, list] of ended.entries())
            for (const row of list) one.recent.add(row + 100 * (t + k), k, [row, row / 2]);
          assert.equal(log.tally(recent), rows * ended.length);
          t += ended.length;
          assert.equal(recent.episodes, one.recent.episodes);
          for (const name of ['recentReturns', 'recentLengths', 'recentScores'] as const)
            assert.deepEqual(columns[name], one.columns[name], name);
        }
      }),
    );
  });
});
