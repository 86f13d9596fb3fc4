import { Arena, bytesOf } from '../lib/arena.ts';
import { ActorCritic } from '../lib/engine/wasm/actorCritic.ts';
import {
  type ActorCriticOptions,
  actionForm,
  countChoices,
  networkOf,
} from '../lib/engine/wasm/actorCriticOptions.ts';
import { chooseBuild, layoutOf } from '../lib/engine/wasm/kernels.ts';
import { PpoLearner } from '../lib/engine/wasm/ppoLearner.ts';
import { WasmAgent } from '../lib/engine/wasm/wasmAgent.ts';
import { ColumnarEnvs } from '../lib/env/columnarEnvs.ts';
import type { AnyEnv } from '../lib/env/env.ts';
import { kindsOf } from '../lib/env/kinds.ts';
import type { AgentKind } from '../lib/env/structured.ts';
import { StructuredEnvs } from '../lib/env/structuredEnvs.ts';
import type { VectorEnvs } from '../lib/env/vectorEnvs.ts';
import { parallelEnvs, type ThreadOptions, vectorColumns, vectorize } from '../lib/env/vectorize.ts';
import type { VectorOptions } from '../lib/env/vectorOptions.ts';
import { FusedRollouts } from '../lib/fusedRollouts.ts';
import type { Json, Stateful } from '../lib/nouns.ts';
import { ObservationNormalizer } from '../lib/observationNormalizer.ts';
import { type CrewRollouts, OverlappedRollouts } from '../lib/overlappedRollouts.ts';
import { RewardNormalizer } from '../lib/rewardNormalizer.ts';
import { type RingOptions, RolloutRing } from '../lib/rolloutRing.ts';
import { layout } from '../lib/space/layout.ts';
import { sameSpace } from '../lib/space/space.ts';
import { StructuredRollouts } from '../lib/structuredRollouts.ts';
import { Alone, type Crew } from '../lib/workers/crew.ts';
import { openCrew } from './openCrew.ts';
import type { KindNouns, NounOptions, Nouns, Opened, OpenOptions } from './pipeline.ts';
import { needsRatios, needsSegments, type PpoConfig } from './ppo.ts';

/** The nouns of one kind of agent, on the wasm engine. */
export interface OpenKind extends KindNouns {
  readonly agent: WasmAgent;
  readonly ring: RolloutRing;
  readonly policy: OpenPolicy;
  readonly learner: PpoLearner;
}

/** A network and what trains it. Its weights are still 0. */
export interface OpenPolicy {
  /** The first of the kinds that it acts for. */
  readonly name: string;
  readonly network: ActorCritic;
  readonly learner: PpoLearner;
  /** The network that acts: the same one, or a copy, whose weights may be older. */
  readonly acting: ActorCritic;
  /** What its observations are normalised by, if they are. */
  readonly normalizer?: ObservationNormalizer;
}

/** A graph's nouns in one arena, and what they share. */
export interface OpenNouns extends Nouns<PpoConfig>, Opened {
  readonly envs: VectorEnvs;
  readonly kinds: Readonly<Record<string, OpenKind>>;
  readonly policies: readonly OpenPolicy[];
  readonly ahead?: OverlappedRollouts;
}

/** What is known of a kind before there is an arena. */
interface Plan {
  readonly kind: AgentKind;
  readonly owner: AgentKind;
  readonly rows: number;
  readonly options: ActorCriticOptions;
  readonly ring: RingOptions;
}

export interface CrewNounOptions extends NounOptions, ThreadOptions {}

/** Makes the nouns of a run on the wasm engine, in an arena that just holds them. */
export function openNouns(env: AnyEnv, config: PpoConfig, options: NounOptions = {}): OpenNouns {
  const plans = planKinds(env, config, options);
  const arena = new Arena(bytesNeeded(env, config, plans, 1), config);
  return makeNouns(config, options, plans, arena, new Alone(), (vector) => vectorize(env, vector, arena));
}

/**
 * The same with a crew of threads, which share the work.
 *
 * @throws TypeError if the threads cannot find the env; WorkerError if they do not come up
 */
export async function openCrewNouns(
  env: AnyEnv,
  config: PpoConfig,
  options: CrewNounOptions,
): Promise<OpenNouns> {
  const { development, composed, workers } = options;
  const data = { config, development, composed } as unknown as Json;
  return openCrew(env, config, options, { module: import.meta.url, data }, () => {
    const plans = planKinds(env, config, options);
    return {
      bytes: bytesNeeded(env, config, plans, workers),
      make: (arena, crew) => makeCrewNouns(env, config, { development, composed }, plans, arena, crew),
    };
  });
}

/**
 * The nouns of PPO: with a crew, if there are to be workers or a limit to the time of a step.
 *
 * @param prepare adds to each learner what it is to have of one's own
 */
export async function openPpo(
  env: AnyEnv,
  config: PpoConfig,
  options: OpenOptions = {},
  prepare: (learner: PpoLearner) => void = () => {},
): Promise<OpenNouns> {
  const { workers = 1, ...others } = options;
  const isAlone = workers === 1 && options.stepTimeout === undefined;
  const nouns = isAlone
    ? openNouns(env, config, others)
    : await openCrewNouns(env, config, { workers, ...others });
  try {
    for (const { learner } of nouns.policies) prepare(learner);
  } catch (error) {
    nouns.close();
    throw error;
  }
  return nouns;
}

/** The same nouns on a thread of the crew, over the same columns. */
export function openMember(env: AnyEnv, arena: Arena, crew: Crew, data: Json): OpenNouns {
  const { config, ...options } = data as unknown as NounOptions & { readonly config: PpoConfig };
  return makeCrewNouns(env, config, options, planKinds(env, config, options), arena, crew);
}

function makeCrewNouns(
  env: AnyEnv,
  config: PpoConfig,
  options: NounOptions,
  plans: readonly Plan[],
  arena: Arena,
  crew: Crew,
): OpenNouns {
  const parallel = (vector: VectorOptions) => parallelEnvs(env, vector, arena, crew);
  return makeNouns(config, options, plans, arena, crew, parallel);
}

/** Gaussian policies know no bounds: the envs are told what is within theirs. */
function vectorOf({ numEnvs, seed, autoreset }: PpoConfig): VectorOptions {
  return { numEnvs, seed, autoreset, clipActions: true };
}

function bytesNeeded(env: AnyEnv, config: PpoConfig, plans: readonly Plan[], members: number): number {
  const kernels = layoutOf(chooseBuild(config.deterministic));
  let bytes = bytesOf(vectorColumns(env, vectorOf(config), members));
  for (const { kind, owner, rows, options, ring } of plans) {
    bytes += bytesOf(WasmAgent.columns(options, rows)) + bytesOf(RolloutRing.columns(ring));
    if (kind !== owner) continue;
    const learners = config.overlap ? 1 : members;
    bytes +=
      bytesOf(ActorCritic.columns(options, kernels, learners, config.numSteps)) +
      bytesOf(PpoLearner.columns(options, kernels, learners, config.optimizer));
    if (config.network.normalizeObservations)
      bytes += bytesOf(ObservationNormalizer.columns(options, kernels));
    if (config.overlap) bytes += bytesOf(ActorCritic.columns(options, kernels, members));
  }
  return bytes;
}

function makeNouns(
  config: PpoConfig,
  { composed = false }: NounOptions,
  plans: readonly Plan[],
  arena: Arena,
  crew: Crew,
  open: (options: VectorOptions) => VectorEnvs,
): OpenNouns {
  const envs = open(vectorOf(config));
  const progress = () => envs.steps / config.totalSteps;
  const policies = new Map<string, OpenPolicy>();
  const kinds: Record<string, OpenKind> = {};
  let firstRow = 0;
  for (const { kind, owner, rows, options, ring } of plans) {
    if (kind === owner) {
      const { overlap } = config;
      // What learns while the crew collects must not be at the crew.
      const learners = overlap ? new Alone() : crew;
      const network = new ActorCritic(options, arena, learners.size, config.numSteps);
      const learner = new PpoLearner(network, config, progress, learners);
      const acting = overlap ? new ActorCritic(options, arena, crew.size) : network;
      const normalizer = network.normal && new ObservationNormalizer(options, arena, network.normal);
      policies.set(kind.name, { name: kind.name, network, learner, acting, normalizer });
    }
    const policy = policies.get(owner.name) as OpenPolicy;
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
  return { ...nouns, ahead, parts, isWaiting, close: () => envs.close(), isBusy: () => false };
}

function overlapped(
  { envs, kinds, policies, config }: Pick<OpenNouns, 'envs' | 'kinds' | 'policies' | 'config'>,
  fused: CrewRollouts,
): OverlappedRollouts {
  const rings = Object.fromEntries(Object.entries(kinds).map(([kind, { ring }]) => [kind, ring]));
  return new OverlappedRollouts(fused, { envs, policies, rings, totalSteps: config.totalSteps });
}

function fusedRollouts(envs: VectorEnvs, kinds: OpenNouns['kinds']): CrewRollouts | undefined {
  if (envs instanceof ColumnarEnvs) return new FusedRollouts(envs, kinds.agent.agent, kinds.agent.ring);
  return envs instanceof StructuredEnvs ? new StructuredRollouts(envs, kinds) : undefined;
}

function planKinds(env: AnyEnv, config: PpoConfig, { development }: NounOptions): Plan[] {
  const { numEnvs, numSteps, autoreset, sharePolicies, overlap, network } = config;
  if (network.memory.kind !== 'none' && autoreset === 'SAME_STEP')
    throw new RangeError(
      'network: a memory needs autoreset NEXT_STEP, which shows the last observation before it forgets',
    );
  const kinds = kindsOf(env);
  return kinds.map((kind) => {
    const { observation, action, slots, masked } = kind;
    const same = (other: AgentKind) =>
      sameSpace(other.observation, observation) && sameSpace(other.action, action);
    const rows = numEnvs * slots;
    const options = networkOf(kind, config.network);
    const packed = layout(observation);
    const ring = {
      numSteps,
      rows,
      observationType: packed.dtype,
      observationSize: packed.width,
      actionSize: actionForm(options).size,
      actionType: actionForm(options).type,
      stateSize: ActorCritic.stateSize(options),
      weighted: needsSegments(config),
      ratios: needsRatios(config),
      maskSize: masked ? countChoices(options) : 0,
      finalObservations: autoreset === 'SAME_STEP',
      slots: overlap ? 2 : 1,
      development,
    };
    return { kind, owner: (sharePolicies && kinds.find(same)) || kind, rows, options, ring };
  });
}
