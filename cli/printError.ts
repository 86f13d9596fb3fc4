import {
  CheckpointError,
  ConfigError,
  DivergenceError,
  EngineError,
  EnvError,
  StaleActionError,
} from '../lib/errors.ts';
import { UsageError } from './usageError.ts';

const known = [
  CheckpointError,
  ConfigError,
  DivergenceError,
  EngineError,
  EnvError,
  StaleActionError,
  UsageError,
];

/** Says what went wrong on standard error: with a stack where it is nobody's mistake but ours. */
export function printError(error: unknown): void {
  const { message, stack, code, cause } = error as Error & { code?: unknown; syscall?: unknown };
  const ofSystem = typeof code === 'string' && 'syscall' in (error as object);
  if (!ofSystem && !known.some((type) => error instanceof type)) {
    process.stderr.write(`pufferflow: ${stack ?? error}\n`);
    return;
  }
  process.stderr.write(`pufferflow: ${message}\n`);
  // Where a user's env threw, its author wants the line.
  const frame = error instanceof EnvError && cause instanceof Error && cause.stack?.split('\n    at ')[1];
  if (frame) process.stderr.write(`    at ${frame.split('\n')[0]}\n`);
}
