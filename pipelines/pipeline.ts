import type { Observable } from 'rxjs';
import type { Config, Schema } from '../lib/config.ts';
import type { Agent, Envs, Form, Learner, Ring, Rollouts, RolloutsAhead, Scores } from '../lib/nouns.ts';
import type { Estimate, Metrics } from '../lib/records.ts';

/** What acts for one kind of agent, where its rollouts are kept, and what learns from them. */
export interface KindNouns {
  readonly agent: Agent;
  readonly ring: Ring;
  readonly learner: Learner<Estimate>;
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

/** A named graph with its configuration: a sentence, to be run with `train` or `openRun`. */
export interface Pipeline<S extends Schema> {
  readonly name: string;
  readonly schema: S;
  /** One iteration: a finite graph that emits its metrics once and completes. */
  readonly graph: (nouns: Nouns<Config<S>>) => Observable<Metrics>;
}

export function pipeline<S extends Schema>(
  name: string,
  schema: S,
  graph: (nouns: Nouns<Config<S>>) => Observable<Metrics>,
): Pipeline<S> {
  return { name, schema, graph };
}
