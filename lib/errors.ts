/** Errors that a run can end with. Each has a `name` of its own; bad arguments throw RangeError or TypeError. */

export interface EnvErrorOptions extends ErrorOptions {
  readonly agent?: string;
  /** Worlds from … to − 1, one of which it was: they are stepped together. */
  readonly worlds?: readonly [from: number, to: number];
}

/** An env broke its contract: it threw, or gave a value outside its spaces. */
export class EnvError extends Error {
  override name = 'EnvError';
  readonly env: string;
  /** The world. */
  readonly row: number | undefined;
  /** Worlds from … to − 1, one of which it was, where it is not known which. */
  readonly worlds: readonly [from: number, to: number] | undefined;
  readonly step: number;
  /** Whom it concerns, where a world has several agents. */
  readonly agent: string | undefined;
  /** What is wrong, without the place. */
  readonly problem: string;

  constructor(
    env: string,
    row: number | undefined,
    step: number,
    problem: string,
    { agent, worlds, ...options }: EnvErrorOptions = {},
  ) {
    const several = worlds ? `, envs ${worlds[0]} to ${worlds[1] - 1}` : '';
    const world = row === undefined ? several : `, env ${row}`;
    const who = agent === undefined ? '' : `, agent ${agent}`;
    super(`${env}${world}${who}, step ${step}: ${problem}`, options);
    this.env = env;
    this.row = row;
    this.worlds = worlds;
    this.step = step;
    this.agent = agent;
    this.problem = problem;
  }

  /** What an env threw, as the cause. */
  static from(thrown: unknown, env: string, row: number | undefined, step: number): EnvError {
    const problem = thrown instanceof Error ? thrown.message : String(thrown);
    return new EnvError(env, row, step, problem, { cause: thrown });
  }
}

/** Actions came for another step than the one the envs are at. */
export class StaleActionError extends Error {
  override name = 'StaleActionError';

  constructor(at: number, got: number) {
    super(`stepEnv: expected actions for step ${at}, got actions for step ${got}`);
  }
}

/** A thread of a crew failed outside an env, exited, or made no progress for too long. */
export class WorkerError extends Error {
  override name = 'WorkerError';
}

/** A loss or gradient is no longer a number; the weights were left as they were before it. */
export class DivergenceError extends Error {
  override name = 'DivergenceError';
}

/** An engine cannot be had here: a package is not installed, or it does not start; or its device failed. */
export class EngineError extends Error {
  override name = 'EngineError';
}

/** A configuration names an unknown key or holds a value of the wrong type or range. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** A checkpoint is truncated, damaged, of another program or version, or does not fit. */
export class CheckpointError extends Error {
  override name = 'CheckpointError';
}

/** What a replay departs from its recording in. */
export interface Departure {
  /** Steps taken by then; 0: what is shown at the start. */
  readonly step: number;
  /** The kind of agents and the column of theirs; absent: the step failed, or did not fail, unlike the recorded one. */
  readonly kind?: string;
  readonly field?: string;
  /** The row; absent: there are several, or the step failed. */
  readonly row?: number;
}

/** The same actions no longer lead to the same results as when they were recorded. */
export class ReplayError extends Error {
  override name = 'ReplayError';
  readonly env: string;
  readonly departure: Departure;

  constructor(env: string, departure: Departure, problem: string, options?: ErrorOptions) {
    super(`replay of ${env}, after ${departure.step} steps: ${problem}`, options);
    this.env = env;
    this.departure = departure;
  }
}
