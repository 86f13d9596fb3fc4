import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { readArguments } from '../../cli/arguments.ts';
import { engineName } from '../../cli/engines.ts';
import { printError } from '../../cli/printError.ts';

/** `npm run -s test:golden [-- --engine tensorflow:cpu]`: what is held to reference data, on that device alone. */
function run(args: readonly string[]): number {
  const { options } = readArguments({ engine: 'value' }, args, 0);
  const chosen = options.engine === undefined ? undefined : engineName(options.engine);
  const mocha = createRequire(import.meta.url).resolve('mocha/bin/mocha.js');
  const { status } = spawnSync(process.execPath, [mocha, 'spec/golden/*.spec.ts'], {
    stdio: 'inherit',
    env: { ...process.env, GOLDEN_ENGINE: chosen && (options.engine as string) },
  });
  return status ?? 1;
}

try {
  process.exitCode = run(process.argv.slice(2));
} catch (error) {
  printError(error);
  process.exitCode = 2;
}
