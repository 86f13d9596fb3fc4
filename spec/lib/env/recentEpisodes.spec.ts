import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Arena, bytesOf } from '../../../lib/arena.ts';
import { RecentEpisodes } from '../../../lib/env/recentEpisodes.ts';

const recent = (episodes: readonly (readonly [number, number])[]) => {
  const specs = RecentEpisodes.columns(2);
  const ring = new RecentEpisodes(new Arena(bytesOf(specs)).take(specs), { double: 0, half: 0 });
  for (const [episodeReturn, length] of episodes)
    ring.add(episodeReturn, length, [2 * episodeReturn, length / 2]);
  return ring;
};
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe('RecentEpisodes', () => {
  it('knows nothing before the first', () => {
    const { episodes, episodeReturn, episodeLength } = recent([]);
    assert.equal(episodes, 0);
    assert.ok(Number.isNaN(episodeReturn));
    assert.ok(Number.isNaN(episodeLength));
  });

  it('is the mean of the last 100, and counts all', () => {
    const episode = fc.tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 1, max: 500 }));
    fc.assert(
      fc.property(fc.array(episode, { minLength: 1, maxLength: 350, size: 'max' }), (episodes) => {
        const { episodes: count, episodeReturn, episodeLength, episodeScores } = recent(episodes);
        const last = episodes.slice(-100);
        assert.equal(count, episodes.length);
        assert.ok(Math.abs(episodeReturn - mean(last.map(([value]) => value))) < 1e-9);
        assert.ok(Math.abs(episodeLength - mean(last.map(([, length]) => length))) < 1e-9);
        assert.deepEqual(episodeScores, { double: 2 * episodeReturn, half: episodeLength / 2 });
      }),
    );
  });
});
