import assert from 'node:assert/strict';
import { of } from 'rxjs';
import type { Metrics, Updated } from '../../lib/records.ts';
import { metrics } from '../../operators/metrics.ts';

describe('metrics', () => {
  it('joins the losses with the envs’ scores of the moment', () => {
    const scores = {
      steps: 12,
      episodes: 3,
      episodeReturn: 4.5,
      episodeLength: 4,
      episodeScores: { success: 1 },
    };
    const updated: Updated = { kind: 'updated', t: 4, losses: { loss: 1 }, rolloutTime: 5, updateTime: 6 };
    let seen: Metrics | undefined;
    of(updated)
      .pipe(metrics({ scores }))
      .subscribe((value) => {
        seen = value;
      });
    assert.deepEqual(seen, {
      kind: 'metrics',
      ...scores,
      losses: { loss: 1 },
      rolloutTime: 5,
      updateTime: 6,
    });
  });
});
