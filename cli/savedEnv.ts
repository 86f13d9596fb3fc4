import { readAgent } from '../lib/agentFile.ts';
import { builtIn, findEnv, type NamedEnv } from './envModule.ts';
import type { RunFolder } from './runFolder.ts';
import { UsageError } from './usageError.ts';

/**
 * The env that a checkpoint was made on: the one that is named, or else the module that the run's folder names, or
 * else the built-in one of the checkpoint's id.
 *
 * @throws UsageError if it cannot be told
 * @throws CheckpointError if the bytes are no checkpoint
 */
export async function savedEnv(
  bytes: Uint8Array,
  folder: RunFolder | undefined,
  name: string | undefined,
): Promise<NamedEnv> {
  const { env: id } = readAgent(bytes);
  if (name !== undefined) return findEnv(name);
  const module = folder?.module;
  if (module !== undefined) return findEnv(module);
  const env = builtIn(id);
  if (!env)
    throw new UsageError(
      `the checkpoint is of ${id}, which is not built in: name the module that it comes from`,
    );
  return { env };
}
