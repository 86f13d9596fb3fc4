import type { AgentFile } from './agentFile.ts';
import { Arena, bytesOf } from './arena.ts';
import { type ActingPolicy, planActing } from './engine/wasm/actingPolicy.ts';
import { chooseBuild, layoutOf } from './engine/wasm/kernels.ts';
import { ColumnarEnvs } from './env/columnarEnvs.ts';
import type { AnyEnv } from './env/env.ts';
import { isStructured, kindsOf } from './env/kinds.ts';
import type { VectorEnvs } from './env/vectorEnvs.ts';
import { vectorColumns, vectorize } from './env/vectorize.ts';
import { CheckpointError } from './errors.ts';
import type { Decision, Grouped, Observation } from './records.ts';
import { isGrouped } from './records.ts';
import { sameSpace } from './space/space.ts';
import { immediate } from './workers/crew.ts';

export interface EvaluateOptions {
  readonly episodes: number;
  /** Of the envs, and of the actions where they are sampled. */
  readonly seed: number;
  /** Sample actions instead of taking the most probable one. */
  readonly sample?: boolean;
  /** Steps after which an episode is cut, in case the env never ends it; 10,000 if it is left out. */
  readonly maxSteps?: number;
}

export interface Evaluation {
  readonly episodes: number;
  /** Of an episode's return: that of its agent, or the mean over all agents that took part. */
  readonly meanReturn: number;
  /** Standard deviation over the episodes (of the population). */
  readonly stdReturn: number;
  readonly meanLength: number;
  /** Means of what the env's episodes are judged by besides, by name. */
  readonly meanScores: Readonly<Record<string, number>>;
  /** Episodes that were cut after `maxSteps`. */
  readonly cut: number;
}

/**
 * Plays whole episodes: the first one of as many worlds as there are episodes, so that short episodes do not
 * count more often than long ones. Where agents come anew in a world that goes on, an episode is an agent's.
 *
 * @throws CheckpointError if the agent's spaces are not the env's
 * @throws RangeError unless `episodes` and `maxSteps` are positive integers
 */
export function evaluate(
  env: AnyEnv,
  file: AgentFile,
  { episodes, seed, sample, maxSteps = 10_000 }: EvaluateOptions,
): Evaluation {
  for (const [name, value] of Object.entries({ episodes, maxSteps })) {
    if (!(Number.isInteger(value) && value > 0))
      throw new RangeError(`evaluate: ${name} must be a positive integer, got ${value}`);
  }
  checkSpaces(env, file);
  const { agents = 1 } = isStructured(env) ? {} : env;
  const { envs, act, close } = openTeam(env, file, Math.ceil(episodes / agents), seed, !sample);
  const scores = new Scores(envs, episodes);
  try {
    let steps = 0;
    for (; scores.playing > 0 && steps < maxSteps; steps++) {
      envs.step(act(envs.observe()));
      scores.add();
    }
    const cut = scores.playing;
    const returns = scores.means();
    const meanReturn = mean(returns);
    const stdReturn = Math.sqrt(mean(returns.map((value) => (value - meanReturn) ** 2)));
    const { meanLength, meanScores } = scores;
    return { episodes, meanReturn, stdReturn, meanLength, meanScores, cut };
  } finally {
    close();
  }
}

/** A vector of the env, and what acts in it, whatever kinds of agents there are. */
export function openTeam(env: AnyEnv, file: AgentFile, numEnvs: number, seed: number, greedy: boolean) {
  const vector = { numEnvs, seed, clipActions: true };
  const kernels = layoutOf(chooseBuild());
  const members = kindsOf(env).map(({ name, slots }) => {
    const policy = file.policies[name];
    return {
      name,
      policy,
      rows: numEnvs * slots,
      plan: planActing(file.form ?? 'actorCritic', policy, file.network),
    };
  });
  const arena = new Arena(
    members.reduce(
      (sum, { plan, rows }) => sum + plan.bytes(kernels, rows),
      bytesOf(vectorColumns(env, vector)),
    ),
  );
  let firstRow = 0;
  const agents = new Map<string, ReturnType<ActingPolicy['open']>>();
  for (const { name, policy, rows, plan } of members) {
    agents.set(name, plan.open(policy.weights, arena, rows, seed, { greedy, firstRow }));
    firstRow += rows;
  }
  // Last, so that there is nothing to close if one of the policies does not fit.
  const envs = vectorize(env, vector, arena);
  const infer = (kind: string, observation: Observation) =>
    immediate((agents.get(kind) as ReturnType<ActingPolicy['open']>).infer(observation));
  const act = (observation: Observation | Grouped<Observation>): Decision | Grouped<Decision> => {
    if (!isGrouped(observation)) return infer(members[0].name, observation);
    const groups = Object.entries(observation.groups).map(([kind, seen]) => [kind, infer(kind, seen)]);
    return { kind: 'decision', groups: Object.fromEntries(groups) };
  };
  return { envs: envs as VectorEnvs, act, close: () => envs.close() };
}

/** Returns, lengths and scores of the first episode of each world, or of each row where agents come anew. */
class Scores {
  readonly lengths: Float64Array;
  /** First episodes that go on. */
  playing: number;
  readonly #envs: VectorEnvs;
  readonly #byRow: boolean;
  readonly #over: Uint8Array;
  readonly #sums: Float64Array;
  readonly #agents: Float64Array;
  /** [rows of each group] 1: an agent is in the row, and has been counted. */
  readonly #present: readonly Uint8Array[];
  readonly #scores = new Map<string, number[]>();

  constructor(envs: VectorEnvs, episodes: number) {
    this.#envs = envs;
    this.playing = episodes;
    this.#byRow = !isStructured(envs.env) && envs.env.spawn !== undefined;
    [this.lengths, this.#sums, this.#agents] = [1, 2, 3].map(() => new Float64Array(episodes));
    this.#over = new Uint8Array(episodes);
    this.#present = envs.groups.map(({ rows }) => new Uint8Array(rows));
  }

  /** Adds what came of a step. */
  add(): void {
    for (const [
      g,
      { rewards, terminations, truncations, masks, rows, slots },
    ] of this.#envs.groups.entries()) {
      const present = this.#present[g];
      for (let row = 0; row < rows; row++) {
        const episode = this.#byRow ? row : Math.floor(row / slots);
        if (episode >= this.#over.length || this.#over[episode] || !masks[row]) continue;
        this.#sums[episode] += rewards[row];
        // Another agent may come into the row when this one has finished.
        this.#agents[episode] += 1 - present[row];
        present[row] = terminations[row] || truncations[row] ? 0 : 1;
      }
    }
    const { ended } = this.#envs;
    for (let episode = 0; episode < this.#over.length; episode++) {
      if (this.#over[episode]) continue;
      this.lengths[episode]++;
      const isOver = this.#byRow ? !this.#present[0][episode] : ended[episode] === 1;
      if (!isOver) continue;
      this.#over[episode] = 1;
      this.playing--;
      this.#addScores(episode);
    }
  }

  /** The return of each episode, per agent. */
  means(): Float64Array {
    return this.#sums.map((sum, episode) => sum / Math.max(1, this.#agents[episode]));
  }

  get meanLength(): number {
    return mean(this.lengths);
  }

  get meanScores(): Record<string, number> {
    return Object.fromEntries(Array.from(this.#scores, ([name, values]) => [name, mean(values)]));
  }

  #addScores(row: number): void {
    if (!(this.#envs instanceof ColumnarEnvs)) return;
    for (const [name, score] of Object.entries(this.#envs.scoresOf(row)))
      this.#scores.set(name, [...(this.#scores.get(name) ?? []), score]);
  }
}

function mean(values: Float64Array | readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** @throws CheckpointError unless the agent was made for these spaces */
export function checkSpaces(env: AnyEnv, { policies }: AgentFile): void {
  const kinds = kindsOf(env);
  const [expected, got] = [kinds.map(({ name }) => name), Object.keys(policies)].map((names) =>
    names.sort().join(', '),
  );
  if (expected !== got)
    throw new CheckpointError(
      `checkpoint: expected policies for the kinds of ${env.id}, ${expected}, got ${got}`,
    );
  for (const kind of kinds) {
    for (const name of ['observation', 'action'] as const) {
      const space = policies[kind.name][name];
      if (!sameSpace(kind[name], space)) {
        const of = kinds.length > 1 ? `${kind.name} in ${env.id}` : env.id;
        const [wanted, found] = [kind[name], space].map((each) => JSON.stringify(each));
        throw new CheckpointError(`checkpoint: expected the ${name} space of ${of}, ${wanted}, got ${found}`);
      }
    }
  }
}
