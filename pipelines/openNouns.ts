import { Arena, bytesOf } from '../lib/arena.ts';
import type { Engine } from '../lib/engine/engine.ts';
import { ActorCritic } from '../lib/engine/wasm/actorCritic.ts';
import { chooseBuild, layoutOf } from '../lib/engine/wasm/kernels.ts';
import type { PpoLearner } from '../lib/engine/wasm/ppoLearner.ts';
import { WasmAgent } from '../lib/engine/wasm/wasmAgent.ts';
import { ColumnarEnvs } from '../lib/env/columnarEnvs.ts';
import type { AnyEnv } from '../lib/env/env.ts';
import { StructuredEnvs } from '../lib/env/structuredEnvs.ts';
import type { VectorEnvs } from '../lib/env/vectorEnvs.ts';
import { parallelEnvs, type ThreadOptions, vectorColumns, vectorize } from '../lib/env/vectorize.ts';
import type { VectorOptions } from '../lib/env/vectorOptions.ts';
import { FusedRollouts } from '../lib/fusedRollouts.ts';
import type { Json, Stateful } from '../lib/nouns.ts';
import { ObservationNormalizer } from '../lib/observationNormalizer.ts';
import { type CrewRollouts, OverlappedRollouts } from '../lib/overlappedRollouts.ts';
import { RewardNormalizer } from '../lib/rewardNormalizer.ts';
import { RolloutRing } from '../lib/rolloutRing.ts';
import { StructuredRollouts } from '../lib/structuredRollouts.ts';
import { Alone, type Crew } from '../lib/workers/crew.ts';
import { actingPlans, openActing } from './openActing.ts';
import { openCrew } from './openCrew.ts';
import type { KindNouns, NounOptions, Nouns, Opened, OpenOptions } from './pipeline.ts';
import { type KindPlan, planKinds, vectorOf } from './planKinds.ts';
import type { PpoConfig } from './ppo.ts';
import { elsewhere, onEngine, onWasm, type Teacher, type Teaching } from './teaching.ts';

/** The nouns of one kind of agent, which acts on the wasm engine. */
export interface OpenKind<L extends Teacher = PpoLearner> extends KindNouns {
  readonly agent: WasmAgent;
  readonly ring: RolloutRing;
  readonly policy: OpenPolicy<L>;
  readonly learner: L;
}

/** A network and what trains it. Its weights are still 0. */
export interface OpenPolicy<L extends Teacher = PpoLearner> {
  /** The first of the kinds that it acts for. */
  readonly name: string;
  readonly network: ActorCritic;
  readonly learner: L;
  /** The network that acts: the same one, or a copy, whose weights may be older. */
  readonly acting: ActorCritic;
  /** What its observations are normalised by, if they are. */
  readonly normalizer?: ObservationNormalizer;
}

/** A graph's nouns in one arena, and what they share. */
export interface OpenNouns<L extends Teacher = PpoLearner> extends Nouns<PpoConfig>, Opened {
  readonly envs: VectorEnvs;
  readonly kinds: Readonly<Record<string, OpenKind<L>>>;
  readonly policies: readonly OpenPolicy<L>[];
  readonly ahead?: OverlappedRollouts;
}

/** Makes the nouns of a run on the wasm engine, in an arena that just holds them. */
export function openNouns(env: AnyEnv, config: PpoConfig, options: NounOptions = {}): OpenNouns {
  return openAlone(env, config, options, onWasm);
}

function openAlone<L extends Teacher>(
  env: AnyEnv,
  config: PpoConfig,
  options: NounOptions,
  teaching: Teaching<L>,
): OpenNouns<L> {
  const plans = planKinds(env, config, options);
  const arena = new Arena(bytesNeeded(env, config, plans, teaching, 1), config);
  const open = (vector: VectorOptions) => vectorize(env, vector, arena);
  return makeNouns(config, options, plans, teaching, arena, new Alone(), open);
}

/** What a member is told. */
interface MemberData extends NounOptions {
  readonly config: PpoConfig;
  /** Whether another engine learns, and so none of the crew. */
  readonly isTaughtElsewhere: boolean;
}

/**
 * The same with a crew of threads, which share the work.
 *
 * @throws TypeError if the threads cannot find the env; WorkerError if they do not come up
 */
function openWithCrew<L extends Teacher>(
  env: AnyEnv,
  config: PpoConfig,
  options: NounOptions & ThreadOptions,
  teaching: Teaching<L>,
): Promise<OpenNouns<L>> {
  const { development, composed, workers } = options;
  const nouns = { development, composed };
  const told: MemberData = { ...nouns, config, isTaughtElsewhere: (teaching as object) !== onWasm };
  const member = { module: import.meta.url, data: told as unknown as Json };
  return openCrew(env, config, options, member, () => {
    const plans = planKinds(env, config, options);
    return {
      bytes: bytesNeeded(env, config, plans, teaching, workers),
      make: (arena, crew) => makeCrewNouns(env, config, nouns, plans, teaching, arena, crew),
    };
  });
}

/** The same nouns on a thread of the crew, over the same columns. */
export function openMember(env: AnyEnv, arena: Arena, crew: Crew, data: Json): { close(): void } {
  const { config, isTaughtElsewhere, ...options } = data as unknown as MemberData;
  const plans = planKinds(env, config, options);
  return isTaughtElsewhere
    ? makeCrewNouns(env, config, options, plans, elsewhere, arena, crew)
    : makeCrewNouns(env, config, options, plans, onWasm, arena, crew);
}

/**
 * The nouns of PPO: with a crew, if there are to be workers or a limit to the time of a step.
 *
 * @param prepare adds to each learner of the wasm engine what it is to have of one's own
 * @throws TypeError if there is something to prepare, and another engine
 */
export async function openPpo(
  env: AnyEnv,
  config: PpoConfig,
  options: OpenOptions = {},
  prepare?: (learner: PpoLearner) => void,
): Promise<Nouns<PpoConfig> & Opened> {
  const { engine } = options;
  if (engine) {
    if (prepare)
      throw new TypeError(
        `openPpo: loss terms and optimizers of one's own expected the wasm engine, got ${engine.name}`,
      );
    return openTaught(env, config, options, engine);
  }
  const nouns = await openWith(env, config, options, onWasm);
  try {
    for (const { learner } of nouns.policies) prepare?.(learner);
  } catch (error) {
    nouns.close();
    throw error;
  }
  return nouns;
}

/** With another engine, which learns, and may act as well. */
async function openTaught(
  env: AnyEnv,
  config: PpoConfig,
  options: OpenOptions,
  engine: Engine,
): Promise<Nouns<PpoConfig> & Opened> {
  const plans = actingPlans(planKinds(env, config, options), engine);
  if (plans) return openActing(env, config, { ...options, engine }, plans);
  const nouns = await openWith(env, config, options, onEngine(engine));
  return { ...nouns, engine: { learning: engine.name, acting: 'wasm' } };
}

async function openWith<L extends Teacher>(
  env: AnyEnv,
  config: PpoConfig,
  { engine: _, workers = 1, ...options }: OpenOptions,
  teaching: Teaching<L>,
): Promise<OpenNouns<L>> {
  const isAlone = workers === 1 && options.stepTimeout === undefined;
  return isAlone
    ? openAlone(env, config, options, teaching)
    : openWithCrew(env, config, { workers, ...options }, teaching);
}

function makeCrewNouns<L extends Teacher>(
  env: AnyEnv,
  config: PpoConfig,
  options: NounOptions,
  plans: readonly KindPlan[],
  teaching: Teaching<L>,
  arena: Arena,
  crew: Crew,
): OpenNouns<L> {
  const parallel = (vector: VectorOptions) => parallelEnvs(env, vector, arena, crew);
  return makeNouns(config, options, plans, teaching, arena, crew, parallel);
}

function bytesNeeded(
  env: AnyEnv,
  config: PpoConfig,
  plans: readonly KindPlan[],
  teaching: Teaching<Teacher>,
  members: number,
): number {
  const kernels = layoutOf(chooseBuild(config.deterministic));
  let bytes = bytesOf(vectorColumns(env, vectorOf(config), members));
  for (const { kind, owner, rows, options, ring } of plans) {
    bytes += bytesOf(WasmAgent.columns(options, rows)) + bytesOf(RolloutRing.columns(ring));
    if (kind !== owner) continue;
    const learners = config.overlap ? 1 : members;
    bytes +=
      bytesOf(ActorCritic.columns(options, kernels, learners, teaching.slots(config))) +
      bytesOf(teaching.columns(options, config, kernels, learners));
    if (config.network.normalizeObservations)
      bytes += bytesOf(ObservationNormalizer.columns(options, kernels));
    if (config.overlap) bytes += bytesOf(ActorCritic.columns(options, kernels, members));
  }
  return bytes;
}

function makeNouns<L extends Teacher>(
  config: PpoConfig,
  { composed = false }: NounOptions,
  plans: readonly KindPlan[],
  teaching: Teaching<L>,
  arena: Arena,
  crew: Crew,
  open: (options: VectorOptions) => VectorEnvs,
): OpenNouns<L> {
  const envs = open(vectorOf(config));
  const progress = () => envs.steps / config.totalSteps;
  const policies = new Map<string, OpenPolicy<L>>();
  const kinds: Record<string, OpenKind<L>> = {};
  let firstRow = 0;
  for (const { kind, owner, rows, options, ring } of plans) {
    if (kind === owner) {
      const { overlap } = config;
      // What learns while the crew collects must not be at the crew.
      const learners = overlap ? new Alone() : crew;
      const network = new ActorCritic(options, arena, learners.size, teaching.slots(config));
      const learner = teaching.teacher(network, config, progress, learners);
      const acting = overlap ? new ActorCritic(options, arena, crew.size) : network;
      const normalizer = network.normal && new ObservationNormalizer(options, arena, network.normal);
      policies.set(kind.name, { name: kind.name, network, learner, acting, normalizer });
    }
    const policy = policies.get(owner.name) as OpenPolicy<L>;
    const agent = new WasmAgent(policy.acting, rows, config.seed, { firstRow, crew });
    const { learner, normalizer } = policy;
    const rewards = config.normalizeRewards ? new RewardNormalizer(rows, config) : undefined;
    kinds[kind.name] = { agent, ring: new RolloutRing(ring, arena), policy, learner, normalizer, rewards };
    firstRow += rows;
  }
  const fused = composed ? undefined : fusedRollouts(envs, kinds);
  const owners = Object.fromEntries(plans.map(({ kind, owner }) => [kind.name, owner.name]));
  const nouns = { config, arena, envs, kinds, owners, policies: [...policies.values()], fused };
  const ahead = fused && config.overlap ? overlapped(nouns, fused) : undefined;
  const parts: Record<string, Stateful> = { envs };
  for (const { name, learner, normalizer } of nouns.policies) {
    parts[`optimizer.${name}`] = learner;
    if (normalizer) parts[`observations.${name}`] = normalizer;
  }
  for (const [name, { agent, rewards, policy }] of Object.entries(kinds)) {
    if (rewards) parts[`rewards.${name}`] = rewards;
    if (policy.network.stateSize > 0) parts[`memory.${name}`] = agent;
  }
  if (ahead) parts.ahead = ahead;
  const isWaiting = () => ahead?.isWaiting === true;
  const isBusy = () => nouns.policies.some(({ learner }: OpenPolicy<Teacher>) => learner.isBusy === true);
  const close = () => {
    for (const { learner } of nouns.policies as readonly OpenPolicy<Teacher>[]) learner.close?.();
    envs.close();
  };
  return { ...nouns, ahead, parts, isWaiting, isBusy, close };
}

function overlapped(
  { envs, kinds, policies, config }: Pick<OpenNouns<Teacher>, 'envs' | 'kinds' | 'policies' | 'config'>,
  fused: CrewRollouts,
): OverlappedRollouts {
  const rings = Object.fromEntries(Object.entries(kinds).map(([kind, { ring }]) => [kind, ring]));
  return new OverlappedRollouts(fused, { envs, policies, rings, totalSteps: config.totalSteps });
}

function fusedRollouts(envs: VectorEnvs, kinds: OpenNouns<Teacher>['kinds']): CrewRollouts | undefined {
  if (envs instanceof ColumnarEnvs) return new FusedRollouts(envs, kinds.agent.agent, kinds.agent.ring);
  return envs instanceof StructuredEnvs ? new StructuredRollouts(envs, kinds) : undefined;
}
