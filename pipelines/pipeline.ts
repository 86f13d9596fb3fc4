import type { Observable } from 'rxjs';
import type { Arena } from '../lib/arena.ts';
import type { Config, Field, Schema } from '../lib/config.ts';
import type { Engine, Weights } from '../lib/engine/engine.ts';
import type { PolicyForm } from '../lib/engine/wasm/actingPolicy.ts';
import type { AnyEnv } from '../lib/env/env.ts';
import type { VectorEnvs } from '../lib/env/vectorEnvs.ts';
import type { ThreadOptions } from '../lib/env/vectorize.ts';
import type { NetworkSpec, networkSchema } from '../lib/network.ts';
import type {
  Agent,
  Envs,
  Form,
  Learner,
  Maybe,
  Ring,
  Rollouts,
  RolloutsAhead,
  Scores,
  Stateful,
} from '../lib/nouns.ts';
import type { ObservationNormalizer } from '../lib/observationNormalizer.ts';
import type { Estimate, Metrics } from '../lib/records.ts';
import type { RewardNormalizer } from '../lib/rewardNormalizer.ts';

/** What acts for one kind of agent, where its rollouts are kept, and what learns from them. */
export interface KindNouns {
  readonly agent: Agent;
  readonly ring: Ring;
  readonly learner: Learner<Estimate>;
  /** What its observations and rewards are normalised by, if they are. */
  readonly normalizer?: ObservationNormalizer;
  readonly rewards?: RewardNormalizer;
}

/** What a graph is made of. */
export interface Nouns<C> {
  readonly envs: Envs<Form> & Scores;
  /** By the name of the kind; an env with one agent has one, `agent`. */
  readonly kinds: Readonly<Record<string, KindNouns>>;
  /** Where whole rollouts come from, if they need not go through the graph step by step. */
  readonly fused?: Rollouts;
  /** The same, where the next rollout is collected while the learner updates. */
  readonly ahead?: RolloutsAhead;
  readonly config: C;
}

/** What the configuration of every pipeline has. */
export interface RunSchema extends Schema {
  readonly totalSteps: Field<number>;
  readonly seed: Field<number>;
  readonly numEnvs: Field<number>;
  readonly network: typeof networkSchema;
  readonly deterministic: Field<boolean>;
}

export interface RunConfig {
  readonly totalSteps: number;
  readonly seed: number;
  readonly numEnvs: number;
  readonly network: NetworkSpec;
  readonly deterministic: boolean;
}

/** The names of the engines that a run learns on and acts with. */
export interface EngineUse {
  readonly learning: string;
  readonly acting: string;
}

/** What a run needs of the nouns that a pipeline was opened with. */
export interface Opened {
  readonly arena: Arena;
  readonly envs: VectorEnvs;
  /** Whose weights are still 0; by the first of the kinds that it acts for. */
  readonly policies: readonly { readonly name: string; readonly network: Weights }[];
  /** The name of the policy that acts for each kind of agent. */
  readonly owners: Readonly<Record<string, string>>;
  /** What learns and what acts, if that is not the wasm engine alone. */
  readonly engine?: EngineUse;
  /** What the policies are; absent: actor-critics. */
  readonly form?: PolicyForm;
  /** All else that a checkpoint holds, in the order in which it is loaded: the envs first. */
  readonly parts: Readonly<Record<string, Stateful>>;
  /** Whether something has been collected that is still to be learned from. */
  isWaiting?(): boolean;
  /** Whether threads are at work, though perhaps nobody waits for them any more. */
  isBusy(): boolean;
  /** Gives back what the nouns hold: threads, and what the envs hold. */
  close(): void;
}

export interface NounOptions {
  /** Check ownership: columns are overwritten when they are released, and throw when they are read after that. */
  readonly development?: boolean;
  /** Let every step go through the graph, even where whole rollouts could be collected in one; the bits are the same. */
  readonly composed?: boolean;
}

export interface OpenOptions extends NounOptions, Partial<ThreadOptions> {
  /** What learns; absent: the wasm engine. */
  readonly engine?: Engine;
}

/** A named graph with its configuration: a sentence, to be run with `train` or `openRun`. */
export interface Pipeline<S extends Schema, N = Nouns<Config<S>>> {
  readonly name: string;
  readonly schema: S;
  /** One iteration: a finite graph that emits its metrics once and completes. */
  readonly graph: (nouns: N) => Observable<Metrics>;
  /** Makes the nouns; absent: an actor-critic for each kind of agent, rollouts, and learners by PPO's configuration. */
  readonly open?: (env: AnyEnv, config: Config<S>, options: OpenOptions) => Maybe<N & Opened>;
}

/** A pipeline of whatever configuration and nouns. */
// biome-ignore lint/suspicious/noExplicitAny: nouns are what a graph takes, so that unknown ones would be refused
export type AnyPipeline = Pipeline<any, any>;

export function pipeline<S extends Schema, N = Nouns<Config<S>>>(
  name: string,
  schema: S,
  graph: Pipeline<S, N>['graph'],
  open?: Pipeline<S, N>['open'],
): Pipeline<S, N> {
  return { name, schema, graph, open };
}
