import { CheckpointError, EnvError, WorkerError } from '../errors.ts';

/** What a thread failed of, as plain data. */
export interface Fault {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  /** Whether the stack is that of the error's cause. */
  readonly isCaused: boolean;
  /** Of an EnvError. */
  readonly env?: string;
  readonly row?: number;
  readonly step?: number;
  readonly worlds?: readonly [from: number, to: number];
  readonly agent?: string;
  readonly problem?: string;
}

export function faultOf(thrown: unknown): Fault {
  const { name = 'Error', message = String(thrown), stack = '' } = (thrown ?? {}) as Partial<Error>;
  // The stack of what an env threw says more than that of the error which names its place.
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause.stack : undefined;
  const fault = { name, message, stack: cause ?? stack, isCaused: cause !== undefined };
  if (!(thrown instanceof EnvError)) return fault;
  const { env, row, worlds, step, agent, problem } = thrown;
  return { ...fault, env, row, worlds, step, agent, problem };
}

/** The error that a fault tells of; its stack is the thread's own. */
export function errorOf(fault: Fault, member: number): Error {
  const { message, stack, problem, isCaused } = fault;
  const error = known(fault, member);
  if (isCaused) error.cause = Object.assign(new Error(problem ?? message), { stack });
  error.stack = `${error.name}: ${error.message}\n    in worker ${member}: ${stack}`;
  return error;
}

function known({ name, message, env, row, worlds, step, agent, problem }: Fault, member: number): Error {
  if (env !== undefined && step !== undefined)
    return new EnvError(env, row, step, problem ?? message, { worlds, agent });
  if (name === 'CheckpointError') return new CheckpointError(message);
  return new WorkerError(`worker ${member}: ${name === 'Error' ? '' : `${name}: `}${message}`);
}

/** The one of two errors that comes first in step and world; what is no EnvError comes before all. */
export function earlier(a: unknown, b: unknown): unknown {
  if (a === undefined) return b;
  if (!(a instanceof EnvError)) return a;
  if (!(b instanceof EnvError)) return b ?? a;
  return b.step < a.step || (b.step === a.step && worldOf(b) < worldOf(a)) ? b : a;
}

function worldOf({ row, worlds }: EnvError): number {
  return row ?? worlds?.[0] ?? 0;
}
