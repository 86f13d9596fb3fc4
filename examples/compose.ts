/** A pipeline of one's own: PPO with rewards scaled and clipped. Run it with `npx tsx examples/compose.ts`. */

import {
  bootstrap,
  clipRewards,
  collect,
  gae,
  infer,
  metrics,
  minibatches,
  observe,
  openRun,
  optimize,
  perKind,
  pipeline,
  ppoSchema,
  publish,
  scaleRewards,
  stepEnv,
  update,
} from 'pufferflow';
import { corridor } from 'pufferflow/envs';
import { pipe } from 'rxjs';

const clippedPpo = pipeline('clipped-ppo', ppoSchema, ({ envs, kinds, config }) =>
  observe(envs).pipe(
    perKind(kinds, ({ agent }) => infer(agent)),
    stepEnv(envs),
    perKind(kinds, ({ agent, ring }) =>
      pipe(scaleRewards(2), clipRewards(1), collect(ring), bootstrap(agent), gae(config)),
    ),
    perKind(kinds, ({ learner }) => update(minibatches(config), optimize(learner), publish(learner))),
    metrics(envs),
  ),
);

const run = await openRun(corridor, clippedPpo, {
  totalSteps: 40_000,
  numEnvs: 8,
  numSteps: 32,
  learningRate: 1e-3,
});
run.metrics.subscribe(({ iteration, steps, episodeReturn }) => {
  if (iteration % 20 === 0) console.log(`${steps} steps, mean return ${episodeReturn.toFixed(3)}`);
});
