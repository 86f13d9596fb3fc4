import { decodeCheckpoint, encodeCheckpoint } from '../checkpoint.ts';
import { contents } from '../contents.ts';
import type { Saved } from '../nouns.ts';
import { checkSame } from '../restore.ts';
import type { VectorEnvs } from './vectorEnvs.ts';
import { vectorForm } from './vectorForm.ts';

/**
 * The whole state of a vector of envs, random streams included, as bytes: the same for the same state, however it was
 * come to. With them goes what they fit.
 *
 * @throws Error if the env cannot be saved
 */
export function saveState(envs: VectorEnvs): Uint8Array<ArrayBuffer> {
  const { tensors, values } = envs.save();
  return encodeCheckpoint({ tensors, values: { state: vectorForm(envs), envs: values } });
}

/**
 * Takes on a state: from here on the envs do what those did that it was saved from. They must be of the same env, as
 * many, with the same autoreset.
 *
 * @throws CheckpointError if the bytes are damaged, or of other envs, or no state; and then nothing has changed
 */
export function loadState(envs: VectorEnvs, bytes: Uint8Array): void {
  const { tensors, values } = decodeCheckpoint(bytes);
  const { state, envs: saved } = contents('state', ['envs'], values);
  checkSame('state', vectorForm(envs), state);
  envs.load({ tensors, values: saved as Saved['values'] });
}
