#!/usr/bin/env node
import { run } from './commands.ts';
import { printError } from './printError.ts';
import { UsageError } from './usageError.ts';

// Whoever reads our output may go away. A run that is under way listens too, and saves before it ends.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  if (process.stdout.listenerCount('error') === 1) process.exit(code === 'EPIPE' ? 141 : 1);
});

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  printError(error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
