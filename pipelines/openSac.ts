import { Arena, bytesOf } from '../lib/arena.ts';
import type { Engine } from '../lib/engine/engine.ts';
import { chooseBuild, layoutOf } from '../lib/engine/wasm/kernels.ts';
import { SacActor } from '../lib/engine/wasm/sac/sacActor.ts';
import { SacAgent } from '../lib/engine/wasm/sac/sacAgent.ts';
import { SacGradients } from '../lib/engine/wasm/sac/sacGradients.ts';
import { SacLearner } from '../lib/engine/wasm/sac/sacLearner.ts';
import { type SacOptions, sacOptions } from '../lib/engine/wasm/sac/sacOptions.ts';
import { TwinCritic } from '../lib/engine/wasm/sac/twinCritic.ts';
import type { AnyEnv } from '../lib/env/env.ts';
import { kindsOf } from '../lib/env/kinds.ts';
import type { VectorEnvs } from '../lib/env/vectorEnvs.ts';
import { parallelEnvs, vectorColumns, vectorize } from '../lib/env/vectorize.ts';
import { ConfigError } from '../lib/errors.ts';
import type { Agent, Envs, Json, Learner, Maybe, Scores, Stateful } from '../lib/nouns.ts';
import { type Experience, Replay, type ReplayOptions } from '../lib/replay.ts';
import { layout } from '../lib/space/layout.ts';
import { Alone, type Crew } from '../lib/workers/crew.ts';
import { openCrew } from './openCrew.ts';
import type { Opened, OpenOptions } from './pipeline.ts';
import type { SacConfig } from './sacSchema.ts';

/** What SAC's graph is made of. */
export interface SacNouns {
  readonly envs: Envs & Scores;
  readonly agent: Agent;
  readonly replay: Pick<Replay, 'store' | 'stored' | 'draw' | 'learned'>;
  readonly learner: Learner<Experience>;
  readonly config: SacConfig;
}

export interface OpenSacNouns extends SacNouns, Opened {
  readonly envs: Envs & VectorEnvs;
  readonly agent: SacAgent;
  readonly replay: Replay;
  readonly learner: Learner<Experience> & Stateful;
}

/** What is known before there is an arena. */
interface Plan {
  /** Of the one kind of agent. */
  readonly name: string;
  readonly rows: number;
  readonly options: SacOptions;
  readonly replay: ReplayOptions;
}

/** Makes the nouns of a run of SAC; with `workers`, a crew of threads that share the work, or with an engine the envs only. */
export function openSac(env: AnyEnv, config: SacConfig, options: OpenOptions): Maybe<OpenSacNouns> {
  const { engine, workers = 1, ...others } = options;
  if (workers > 1 || others.stepTimeout !== undefined) {
    const told: MemberData = { config, isTaughtElsewhere: engine !== undefined };
    const member = { module: import.meta.url, data: told as unknown as Json };
    return openCrew(env, config, { ...others, workers }, member, () => {
      const plan = planSac(env, config);
      return {
        bytes: bytesNeeded(env, config, plan, workers),
        make: (arena, crew) =>
          makeNouns(config, plan, arena, crew, parallelEnvs(env, config, arena, crew), engine),
      };
    });
  }
  const plan = planSac(env, config);
  const arena = new Arena(bytesNeeded(env, config, plan, 1), config);
  return makeNouns(config, plan, arena, new Alone(), vectorize(env, config, arena), engine);
}

/** What a member is told. */
interface MemberData {
  readonly config: SacConfig;
  /** Whether another engine learns, and so none of the crew. */
  readonly isTaughtElsewhere: boolean;
}

/** The same nouns on a thread of the crew, over the same columns. */
export function openMember(env: AnyEnv, arena: Arena, crew: Crew, data: Json): { close(): void } {
  const { config, isTaughtElsewhere } = data as unknown as MemberData;
  const envs = parallelEnvs(env, config, arena, crew);
  return isTaughtElsewhere ? envs : makeNouns(config, planSac(env, config), arena, crew, envs);
}

/** @throws ConfigError unless the env has one kind of agents, with actions that SAC can take */
function planSac(env: AnyEnv, config: SacConfig): Plan {
  const kinds = kindsOf(env);
  const [{ name, observation, action, slots }] = kinds;
  if (kinds.length > 1)
    throw new ConfigError(`config: SAC expected one kind of agents, got ${kinds.map((kind) => kind.name)}`);
  const { bufferSize, batchSize, seed, gamma, nStep, prioritized, priorityAlpha, priorityBeta } = config;
  const rows = config.numEnvs * slots;
  const options = sacOptions(observation, action, config.network);
  const { dtype, width } = layout(observation);
  const replay: ReplayOptions = {
    capacity: bufferSize,
    rows,
    observationSize: width,
    observationType: dtype,
    actionSize: options.low.length,
    batchSize,
    seed,
    gamma,
    nStep,
    priorities: prioritized ? { alpha: priorityAlpha, beta: priorityBeta } : undefined,
  };
  return { name, rows, options, replay };
}

function bytesNeeded(env: AnyEnv, config: SacConfig, { rows, options, replay }: Plan, members: number) {
  const kernels = layoutOf(chooseBuild(config.deterministic));
  return [
    vectorColumns(env, config, members),
    SacActor.columns(options, kernels, members),
    TwinCritic.columns(options, kernels, members),
    SacGradients.columns(options, config.batchSize, kernels),
    SacLearner.columns(options, kernels),
    SacAgent.columns(options, rows),
    Replay.columns(replay),
  ].reduce((sum, columns) => sum + bytesOf(columns), 0);
}

function makeNouns(
  config: SacConfig,
  { name, rows, options, replay: kept }: Plan,
  arena: Arena,
  crew: Crew,
  vector: VectorEnvs,
  engine?: Engine,
): OpenSacNouns {
  // There is one kind of agents, so records are of one batch.
  const envs = vector as Envs & VectorEnvs;
  const progress = () => envs.steps / config.totalSteps;
  const actor = new SacActor(options, arena, crew.size);
  const critic = new TwinCritic(options, arena, crew.size);
  // The actor's weights are the run's to draw; the critics' come from the stream after its own.
  if (arena.isOriginal) critic.initialize(config.seed, 1);
  const learner =
    engine?.sacLearner(actor, critic, config, progress) ??
    new SacLearner(actor, critic, config, progress, { crew });
  // Every transition is stored: what is counted here is what `sample` counts.
  const explores = () => envs.steps < config.learningStarts;
  const agent = new SacAgent(actor, rows, config.seed, { ...config, explores });
  const replay = new Replay(kept, arena, progress);
  return {
    config,
    arena,
    envs,
    agent,
    replay,
    learner,
    policies: [{ name, network: actor }],
    owners: { [name]: name },
    form: 'sac',
    ...(engine && { engine: { learning: engine.name, acting: 'wasm' } }),
    parts: { envs, learner, replay },
    close() {
      if (!(learner instanceof SacLearner)) learner.close();
      envs.close();
    },
    isBusy: () => !(learner instanceof SacLearner) && learner.isBusy,
  };
}
