import { networkOf } from '../lib/agentFile.ts';
import { Arena, bytesOf } from '../lib/arena.ts';
import { ActorCritic } from '../lib/engine/wasm/actorCritic.ts';
import { type ActorCriticOptions, countChoices } from '../lib/engine/wasm/actorCriticOptions.ts';
import { chooseBuild, layoutOf } from '../lib/engine/wasm/kernels.ts';
import { PpoLearner } from '../lib/engine/wasm/ppoLearner.ts';
import { WasmAgent } from '../lib/engine/wasm/wasmAgent.ts';
import type { AnyEnv } from '../lib/env/env.ts';
import { kindsOf } from '../lib/env/kinds.ts';
import type { AgentKind } from '../lib/env/structured.ts';
import type { VectorEnvs } from '../lib/env/vectorEnvs.ts';
import { vectorColumns, vectorize } from '../lib/env/vectorize.ts';
import { type RingOptions, RolloutRing } from '../lib/rolloutRing.ts';
import { layout } from '../lib/space/layout.ts';
import { sameSpace } from '../lib/space/space.ts';
import type { KindNouns, Nouns } from './pipeline.ts';
import type { PpoConfig } from './ppo.ts';

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
}

/** A graph's nouns in one arena, and what they share. */
export interface OpenNouns extends Nouns<PpoConfig> {
  readonly arena: Arena;
  readonly envs: VectorEnvs;
  readonly kinds: Readonly<Record<string, OpenKind>>;
  readonly policies: readonly OpenPolicy[];
}

/** What is known of a kind before there is an arena. */
interface Plan {
  readonly kind: AgentKind;
  readonly owner: AgentKind;
  readonly rows: number;
  readonly options: ActorCriticOptions;
  readonly ring: RingOptions;
}

/** Makes the nouns of a run on the wasm engine, in an arena that just holds them. */
export function openNouns(env: AnyEnv, config: PpoConfig, development = false): OpenNouns {
  const kernels = layoutOf(chooseBuild(config.deterministic));
  const plans = planKinds(env, config, development);
  let bytes = bytesOf(vectorColumns(env, config));
  for (const { kind, owner, rows, options, ring } of plans) {
    bytes += bytesOf(WasmAgent.columns(options, rows)) + bytesOf(RolloutRing.columns(ring));
    if (kind === owner)
      bytes += bytesOf(ActorCritic.columns(options, kernels)) + bytesOf(PpoLearner.columns(options, kernels));
  }
  const arena = new Arena(bytes, config);
  const envs = vectorize(env, config, arena);
  const progress = () => envs.steps / config.totalSteps;
  const policies = new Map<string, OpenPolicy>();
  const kinds: Record<string, OpenKind> = {};
  let firstRow = 0;
  for (const { kind, owner, rows, options, ring } of plans) {
    if (kind === owner) {
      const network = new ActorCritic(options, arena);
      const learner = new PpoLearner(network, config, progress);
      policies.set(kind.name, { name: kind.name, network, learner });
    }
    const policy = policies.get(owner.name) as OpenPolicy;
    const agent = new WasmAgent(policy.network, rows, config.seed, { firstRow });
    kinds[kind.name] = { agent, ring: new RolloutRing(ring, arena), policy, learner: policy.learner };
    firstRow += rows;
  }
  return { config, arena, envs, kinds, policies: [...policies.values()] };
}

function planKinds(env: AnyEnv, config: PpoConfig, development: boolean): Plan[] {
  const { numEnvs, numSteps, autoreset, sharePolicies } = config;
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
      actionSize: options.choices.length,
      maskSize: masked ? countChoices(options) : 0,
      finalObservations: autoreset === 'SAME_STEP',
      development,
    };
    return { kind, owner: (sharePolicies && kinds.find(same)) || kind, rows, options, ring };
  });
}
