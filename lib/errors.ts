/** Errors that a run can end with. Each has a `name` of its own; bad arguments throw RangeError or TypeError. */

/** An env broke its contract: it threw, or gave a value outside its spaces. */
export class EnvError extends Error {
  override name = 'EnvError';
  readonly env: string;
  /** The world. */
  readonly row: number | undefined;
  readonly step: number;
  /** Whom it concerns, where a world has several agents. */
  readonly agent: string | undefined;

  constructor(
    env: string,
    row: number | undefined,
    step: number,
    problem: string,
    { agent, ...options }: ErrorOptions & { readonly agent?: string } = {},
  ) {
    const world = row === undefined ? '' : `, env ${row}`;
    const who = agent === undefined ? '' : `, agent ${agent}`;
    super(`${env}${world}${who}, step ${step}: ${problem}`, options);
    this.env = env;
    this.row = row;
    this.step = step;
    this.agent = agent;
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

/** A loss or gradient is no longer a number; the weights were left as they were before it. */
export class DivergenceError extends Error {
  override name = 'DivergenceError';
}

/** A configuration names an unknown key or holds a value of the wrong type or range. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** A checkpoint is truncated, damaged, of another program or version, or does not fit. */
export class CheckpointError extends Error {
  override name = 'CheckpointError';
}
