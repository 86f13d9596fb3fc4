import { pendulum } from '../../envs/pendulum.ts';
import { Arena, bytesOf } from '../../lib/arena.ts';
import { configure } from '../../lib/config.ts';
import { countSacFlops } from '../../lib/engine/flops.ts';
import { chooseBuild, layoutOf } from '../../lib/engine/wasm/kernels.ts';
import { SacActor } from '../../lib/engine/wasm/sac/sacActor.ts';
import { SacGradients } from '../../lib/engine/wasm/sac/sacGradients.ts';
import { SacLearner } from '../../lib/engine/wasm/sac/sacLearner.ts';
import { sacOptions } from '../../lib/engine/wasm/sac/sacOptions.ts';
import { TwinCritic } from '../../lib/engine/wasm/sac/twinCritic.ts';
import type { AnyEnv } from '../../lib/env/env.ts';
import type { Minibatch } from '../../lib/records.ts';
import type { Experience } from '../../lib/replay.ts';
import { Alone, after, type Crew } from '../../lib/workers/crew.ts';
import { crewColumns } from '../../lib/workers/crewColumns.ts';
import { ThreadCrew } from '../../lib/workers/threadCrew.ts';
import { sacSchema } from '../../pipelines/sacSchema.ts';
import { fillUniform, uniforms } from './random.ts';
import type { Workload } from './workload.ts';

// Stable-Baselines3's, but for steps so small that thousands of updates on the same rows change little.
const config = configure(sacSchema, {
  network: { hidden: [256, 256], activation: 'relu' },
  batchSize: 256,
  policyLearningRate: 1e-6,
  qLearningRate: 1e-6,
});
const { batchSize } = config;
/** Transitions that minibatches are drawn of. */
const CAPACITY = 16384;

/** Of Pendulum's spaces. */
export const options = sacOptions(pendulum.observation, pendulum.action, config.network);

/** An update of critics, actor, alpha and targets. */
export const sacUpdate: Workload = {
  name: 'update/sac',
  flops: countSacFlops(options),
  parallel: true,
  async open({ deterministic, threads }) {
    const layout = layoutOf(chooseBuild(deterministic));
    const columns = experienceColumns();
    const parts = [
      SacActor.columns(options, layout, threads),
      TwinCritic.columns(options, layout, threads),
      SacGradients.columns(options, batchSize, layout),
      SacLearner.columns(options, layout),
    ];
    const bytes = [crewColumns(threads), columns, ...parts].reduce((sum, part) => sum + bytesOf(part), 0);
    const arena = new Arena(bytes, { deterministic });
    const crew = threads > 1 ? new ThreadCrew(arena, { workers: threads }, pendulum.id) : undefined;
    const { actor, critic, learner } = openLearner(arena, crew ?? new Alone());
    actor.initialize(1);
    critic.initialize(1, 1);
    const { indices, ...experience } = arena.take(columns);
    const uniform = uniforms(1);
    fillUniform(experience.observations, -1, 1, uniform);
    fillUniform(experience.nextObservations, -1, 1, uniform);
    fillUniform(experience.actions, -2, 2, uniform);
    fillUniform(experience.returns, -1, 1, uniform);
    experience.discounts.fill(config.gamma);
    const minibatch: Minibatch<Experience> = { kind: 'minibatch', columns: experience, indices };
    // Threads ask for an env; this one is not stepped.
    const env = { module: pendulum.module as string, id: pendulum.id };
    await crew?.start(arena, { opener: { module: import.meta.url, name: 'openMember' }, env, data: {} });
    return {
      unit() {
        for (let i = 0; i < batchSize; i++) {
          indices[i] = Math.floor(CAPACITY * uniform());
          experience.nextIndices[i] = indices[i];
        }
        return after(learner.update(minibatch), () => batchSize);
      },
      note: (samplesPerSecond) => `${(samplesPerSecond / batchSize).toFixed(1)} updates/s`,
      close: () => crew?.close(),
    };
  },
};

/** The learner on a thread of the crew. */
export function openMember(_env: AnyEnv, arena: Arena, crew: Crew): undefined {
  openLearner(arena, crew);
}

function openLearner(arena: Arena, crew: Crew) {
  const actor = new SacActor(options, arena, crew.size);
  const critic = new TwinCritic(options, arena, crew.size);
  return { actor, critic, learner: new SacLearner(actor, critic, config, () => 0, { crew }) };
}

/** What a learner reads of a replay. */
function experienceColumns() {
  const inputs = CAPACITY * options.inputs;
  return {
    observations: ['f32', inputs],
    nextObservations: ['f32', inputs],
    actions: ['f32', CAPACITY * options.low.length],
    nextIndices: ['u32', batchSize],
    returns: ['f32', batchSize],
    discounts: ['f32', batchSize],
    indices: ['u32', batchSize],
  } as const;
}
