import { asapScheduler, defer, finalize, map, type Observable, share, subscribeOn, tap } from 'rxjs';
import { type AgentFile, agentOf, agentPart } from '../lib/agentFile.ts';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint, hashTensors } from '../lib/checkpoint.ts';
import { type Config, configure, type PartialConfig } from '../lib/config.ts';
import { contents } from '../lib/contents.ts';
import type { KernelBuild } from '../lib/engine/wasm/kernels.ts';
import type { AnyEnv } from '../lib/env/env.ts';
import { isRestorable, kindsOf } from '../lib/env/kinds.ts';
import type { VectorEnvs } from '../lib/env/vectorEnvs.ts';
import { CheckpointError, ConfigError } from '../lib/errors.ts';
import { checkSpaces } from '../lib/evaluate.ts';
import type { Json, Saved, Tensor } from '../lib/nouns.ts';
import { platform } from '../lib/platform.ts';
import type { Metrics } from '../lib/records.ts';
import { checkNames, checkSame, prefixed, savedCount, unprefixed } from '../lib/restore.ts';
import { checkCrew } from '../lib/workers/threadCrew.ts';
import { turns } from '../operators/turns.ts';
import { openPpo } from './openNouns.ts';
import type { EngineUse, Opened, OpenOptions, Pipeline, RunConfig, RunSchema } from './pipeline.ts';
import type { PpoConfig } from './ppo.ts';

/** An iteration's metrics, with what only the run knows. */
export interface RunMetrics extends Metrics {
  /** Iterations since the run began, over all its resumptions. */
  readonly iteration: number;
  /** Seconds spent in iterations since the run was opened. */
  readonly seconds: number;
  /** Real transitions per second since the run was opened. */
  readonly sps: number;
  /** What learns and what acts; absent: the wasm engine does both. */
  readonly engine?: EngineUse;
  /** Real transitions after which the mean return of 100 episodes first reached the env's threshold; null: not yet. */
  readonly solvedAtSteps: number | null;
}

export interface RunOptions<S> extends OpenOptions {
  /** Changes to a checkpoint's configuration. */
  readonly config?: PartialConfig<S>;
}

/** A pipeline that is open on an env: it can be run, stopped, saved and run on. */
export interface Run<S extends RunSchema = RunSchema> {
  readonly config: Config<S>;
  readonly build: KernelBuild;
  /** What learns and what acts; absent: the wasm engine does both. */
  readonly engine?: EngineUse;
  readonly envs: VectorEnvs;
  /**
   * Trains while it is subscribed to: until `totalSteps` or `stop()`, an iteration at a time. Any number of
   * subscribers share one training. Subscribing again goes on.
   */
  readonly metrics: Observable<RunMetrics>;
  /** Real transitions after which the run was solved, as its metrics say; null: not yet. */
  readonly solvedAtSteps: number | null;
  /** The agent as it is now. */
  readonly agent: AgentFile;
  /** Lets the iteration under way finish, and then completes `metrics`. */
  stop(): void;
  /** Whether the env's state can be saved, and so the run: a simulation without `getState` has agents to save only. */
  readonly restorable: boolean;
  /** The whole state, to be opened again. @throws Error in an iteration, after one that failed, or if it is not restorable */
  save(): Uint8Array<ArrayBuffer>;
  /** The agent alone, for `loadAgent` and `readAgent`. */
  saveAgent(): Uint8Array<ArrayBuffer>;
  /** SHA-256 of the weights of all policies: names, shapes and bits. */
  weightsSha256(): string;
  /** Gives everything back; `metrics` can no longer be subscribed to. */
  close(): void;
}

/**
 * Opens a pipeline on an env: with a configuration for a new run, or with the bytes of a checkpoint to go on
 * where it was saved, bit for bit as if it had never stopped.
 *
 * @throws ConfigError naming a key that is unknown or has a wrong value
 * @throws CheckpointError if the bytes are damaged, or of another env or pipeline
 */
export async function openRun<S extends RunSchema, N>(
  env: AnyEnv,
  pipeline: Pipeline<S, N>,
  from: PartialConfig<S> | Uint8Array = {},
  { config: changes = {}, ...options }: RunOptions<S> = {},
): Promise<Run<S>> {
  const checkpoint = from instanceof Uint8Array ? decodeCheckpoint(from) : undefined;
  const base = checkpoint ? checkpointConfig(env, pipeline, checkpoint) : configure(pipeline.schema, from);
  const config = configure(pipeline.schema, changes, base);
  if (checkpoint) checkSizes(checkpoint, config as unknown as RunConfig);
  const nouns = await opened(env, pipeline, config, options);
  return new OpenRun(env, pipeline, config, nouns, checkpoint);
}

async function opened<S extends RunSchema, N>(
  env: AnyEnv,
  pipeline: Pipeline<S, N>,
  config: Config<S>,
  options: OpenOptions,
): Promise<N & Opened> {
  const { workers = 1, ...others } = options;
  checkCrew({ workers, ...others });
  // What is wrong with the env itself is not the configuration's doing.
  kindsOf(env);
  try {
    if (pipeline.open) return await pipeline.open(env, config, options);
    // Whoever brings no nouns of its own has those of PPO.
    const own = config as unknown as PpoConfig;
    return (await openPpo(env, own, options)) as unknown as N & Opened;
  } catch (error) {
    if (error instanceof RangeError) throw new ConfigError(`config: ${error.message}`, { cause: error });
    throw error;
  }
}

/** What a checkpoint holds besides tensors. */
interface SavedRun {
  readonly pipeline: string;
  readonly config: Json;
  readonly agent: Json;
  /** By their names. */
  readonly parts: Readonly<Record<string, Saved['values']>>;
  readonly run: { readonly iteration: number; readonly solvedAtSteps: number | null };
}

function checkpointConfig<S extends RunSchema>(
  env: AnyEnv,
  pipeline: Pick<Pipeline<S>, 'name' | 'schema'>,
  checkpoint: Checkpoint,
): Config<S> {
  const names = ['config', 'agent', 'parts', 'run'] as const;
  const saved = contents('pipeline', names, checkpoint.values);
  if (saved.pipeline !== pipeline.name) {
    const got = typeof saved.pipeline === 'string' ? saved.pipeline : 'something else';
    throw new CheckpointError(`checkpoint: expected a run of ${pipeline.name}, got one of ${got}`);
  }
  const file = agentOf(checkpoint);
  if (file.env !== env.id)
    throw new CheckpointError(`checkpoint: expected a run on ${env.id}, got one on ${file.env}`);
  checkSpaces(env, file);
  return configure(pipeline.schema, saved.config);
}

/** Checks what memory is taken by, before it is taken. @throws CheckpointError if the run does not fit its configuration */
function checkSizes({ tensors, values }: Checkpoint, { numEnvs, network }: RunConfig): void {
  const { ended } = unprefixed('envs.', tensors);
  if (ended?.data.length !== numEnvs)
    throw new CheckpointError(`checkpoint: expected ${numEnvs} worlds, got ${ended?.data.length ?? 'none'}`);
  const { agent } = values as unknown as SavedRun;
  checkSame('agent.network', network as unknown as Json, (agent as { network: Json }).network);
}

type Weights = AgentFile['policies'][string]['weights'];

class OpenRun<S extends RunSchema, N> implements Run<S> {
  readonly config: Config<S>;
  readonly build: KernelBuild;
  readonly engine?: EngineUse;
  readonly envs: VectorEnvs;
  readonly metrics: Observable<RunMetrics>;
  readonly #env: AnyEnv;
  readonly #pipeline: Pipeline<S, N>;
  readonly #nouns: N & Opened;
  readonly #common: RunConfig;
  #iteration = 0;
  #solvedAtSteps: number | null = null;
  #stopping = false;
  #iterating = false;
  #closed = false;
  #failed = false;
  #milliseconds = 0;
  #stepsAtOpening = 0;

  constructor(
    env: AnyEnv,
    pipeline: Pipeline<S, N>,
    config: Config<S>,
    nouns: N & Opened,
    checkpoint: Checkpoint | undefined,
  ) {
    this.#env = env;
    this.#pipeline = pipeline;
    this.config = config;
    this.#common = config as unknown as RunConfig;
    this.build = nouns.arena.build;
    this.engine = nouns.engine;
    this.envs = nouns.envs;
    this.#nouns = nouns;
    if (checkpoint) this.#resume(checkpoint);
    else for (const [p, { network }] of nouns.policies.entries()) network.initialize(this.#common.seed, p);
    this.#stepsAtOpening = this.envs.steps;
    this.metrics = this.#train(defer(() => pipeline.graph(nouns)));
  }

  get solvedAtSteps(): number | null {
    return this.#solvedAtSteps;
  }

  get agent(): AgentFile {
    const { owners } = this.#nouns;
    const weights = new Map(this.#nouns.policies.map(({ name, network }) => [name, network.tensors()]));
    const policies = kindsOf(this.#env).map(({ name, observation, action }) => {
      return [name, { observation, action, weights: weights.get(owners[name]) as Weights }] as const;
    });
    const { form } = this.#nouns;
    return { env: this.#env.id, network: this.#common.network, form, policies: Object.fromEntries(policies) };
  }

  get restorable(): boolean {
    return isRestorable(this.#env);
  }

  stop(): void {
    this.#stopping = true;
  }

  save(): Uint8Array<ArrayBuffer> {
    if (this.#iterating || this.#nouns.isBusy())
      throw new Error('save: an iteration is under way; save between iterations, or after stop()');
    if (this.#failed) throw new Error('save: the last iteration failed halfway; saveAgent() still can');
    return encodeCheckpoint(this.#checkpoint());
  }

  saveAgent(): Uint8Array<ArrayBuffer> {
    const { tensors, values } = agentPart(this.agent);
    return encodeCheckpoint({ tensors, values: { agent: values } });
  }

  weightsSha256(): string {
    const { policies } = this.#nouns;
    if (policies.length === 1) return hashTensors(policies[0].network.tensors());
    return hashTensors(
      Object.assign({}, ...policies.map(({ name, network }) => prefixed(`${name}.`, network.tensors()))),
    );
  }

  close(): void {
    if (!this.#closed) this.#nouns.close();
    this.#closed = true;
    this.#stopping = true;
  }

  #checkpoint(): Checkpoint {
    const agent = agentPart(this.agent);
    const saved = Object.entries(this.#nouns.parts).map(([name, part]) => [name, part.save()] as const);
    const values: SavedRun = {
      pipeline: this.#pipeline.name,
      config: this.config as unknown as Json,
      agent: agent.values,
      parts: Object.fromEntries(saved.map(([name, part]) => [name, part.values])),
      run: { iteration: this.#iteration, solvedAtSteps: this.#solvedAtSteps },
    };
    const tensors: Record<string, Tensor> = { ...agent.tensors };
    for (const [name, part] of saved) Object.assign(tensors, prefixed(`${name}.`, part.tensors));
    return { tensors, values: values as unknown as Json };
  }

  #resume(checkpoint: Checkpoint): void {
    try {
      this.#load(checkpoint);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #load(checkpoint: Checkpoint): void {
    const own = this.#checkpoint().values as unknown as SavedRun;
    const { tensors } = checkpoint;
    const { parts: nouns, policies } = this.#nouns;
    const { agent, parts, run } = checkpoint.values as unknown as SavedRun;
    checkSame('agent', own.agent, agent);
    checkNames('parts', parts, Object.keys(nouns));
    const { iteration, solvedAtSteps } = checkNames('run', run, ['iteration', 'solvedAtSteps']);
    const names = [...Object.keys(nouns), 'agent'].map((name) => `${name}.`);
    const stray = Object.keys(tensors).find((name) => !names.some((prefix) => name.startsWith(prefix)));
    if (stray) throw new CheckpointError(`checkpoint: expected no ${stray} in a run`);
    const file = agentOf(checkpoint);
    for (const { name, network } of policies) network.load(file.policies[name].weights);
    for (const [name, part] of Object.entries(nouns))
      part.load({ tensors: unprefixed(`${name}.`, tensors), values: parts[name] });
    const counts = { tensors: {}, values: { iteration, solvedAtSteps } };
    this.#iteration = savedCount('run', counts, 'iteration');
    this.#solvedAtSteps =
      solvedAtSteps === null ? null : savedCount('run', counts, 'solvedAtSteps', this.envs.steps);
  }

  #train(iteration: Observable<Metrics>): Observable<RunMetrics> {
    let began = 0;
    const timed = defer(() => {
      began = platform.now();
      this.#iterating = true;
      return iteration;
    }).pipe(
      map((metrics) => this.#report(metrics, platform.now() - began)),
      tap({
        error: () => {
          this.#failed = true;
        },
      }),
      finalize(() => {
        this.#iterating = false;
      }),
    );
    return defer(() => {
      if (this.#closed) throw new Error('run: it has been closed');
      this.#stopping = false;
      return timed.pipe(
        turns(() => !this.#stopping && this.#hasMore),
        // Whoever subscribes in the same turn gets the first iteration too.
        subscribeOn(asapScheduler),
      );
    }).pipe(share());
  }

  /** Whether there is something to learn from, or to be collected. */
  get #hasMore(): boolean {
    return this.envs.steps < this.#common.totalSteps || this.#nouns.isWaiting?.() === true;
  }

  #report(metrics: Metrics, milliseconds: number): RunMetrics {
    this.#iterating = false;
    this.#failed = false;
    this.#iteration++;
    this.#milliseconds += milliseconds;
    const { steps, episodes, episodeReturn } = metrics;
    const { threshold = Number.POSITIVE_INFINITY } = this.#env;
    const { engine } = this;
    if (this.#solvedAtSteps === null && episodes >= 100 && episodeReturn >= threshold)
      this.#solvedAtSteps = steps;
    const seconds = this.#milliseconds / 1000;
    return {
      ...metrics,
      iteration: this.#iteration,
      seconds,
      sps: (steps - this.#stepsAtOpening) / seconds,
      ...(engine && { engine }),
      solvedAtSteps: this.#solvedAtSteps,
    };
  }
}
