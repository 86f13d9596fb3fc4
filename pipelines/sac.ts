import {
  infer,
  metrics,
  observe,
  optimize,
  publish,
  sample,
  stepEnv,
  store,
  update,
} from '../operators/index.ts';
import { openSac, type SacNouns } from './openSac.ts';
import { pipeline } from './pipeline.ts';
import { sacSchema } from './sacSchema.ts';

/** Soft actor-critic, arXiv:1812.05905; the defaults are CleanRL's. */
export const sac = pipeline(
  'sac',
  sacSchema,
  ({ envs, agent, replay, learner, config }: SacNouns) =>
    observe(envs).pipe(
      infer(agent),
      stepEnv(envs),
      store(replay, config.trainFrequency),
      update(sample(replay, config), optimize(learner), publish(learner)),
      metrics(envs),
    ),
  openSac,
);
