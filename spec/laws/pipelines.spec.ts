import assert from 'node:assert/strict';
import { tap } from 'rxjs';
import type { Metrics } from '../../lib/records.ts';
import { pipeline } from '../../pipelines/pipeline.ts';
import { ppo } from '../../pipelines/ppo.ts';
import { wander } from '../fakes/envs.ts';
import { LawError } from './breach.ts';
import { describePipeline } from './describe.ts';
import { type PipelineSubject, pipelineLaws } from './pipelineLaws.ts';

const config = { numEnvs: 2, numSteps: 8, numMinibatches: 2, updateEpochs: 1, network: { hidden: [4] } };

describe('the laws of pipelines', function () {
  this.timeout(60_000);

  // Its graph is asked for all of its laws in spec/pipelines/graph.spec.ts.
  const only = ['same-seed', 'other-seed', 'stop-save-load', 'each-once'];
  describePipeline({ pipeline: ppo, env: wander, config }, { only });

  const { schema, graph } = ppo;
  const told = (change: (metrics: Metrics) => void) =>
    pipeline('changed', schema, (nouns) => graph(nouns).pipe(tap(change)));
  const counting = () => {
    let iterations = 0;
    return told((metrics) => Object.assign(metrics, { episodes: ++iterations }));
  };
  for (const [law, fault, subject] of [
    [
      'same-seed',
      'tells random numbers',
      told((metrics) => Object.assign(metrics, { episodes: Math.random() })),
    ],
    ['stop-save-load', 'remembers what is not saved', counting()],
  ] as const) {
    it(`${law} finds a pipeline that ${fault}`, async () => {
      const found = pipelineLaws.find(({ name }) => name === law);
      const broken: PipelineSubject = { pipeline: subject, env: wander, config };
      await assert.rejects(
        async () => found?.run(broken, { runs: 50 }),
        (error) => error instanceof LawError && error.law === law,
      );
    });
  }
});
