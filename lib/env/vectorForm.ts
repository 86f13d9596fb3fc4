import type { Json } from '../nouns.ts';
import { isStructured } from './kinds.ts';
import type { VectorEnvs } from './vectorEnvs.ts';

/** What a vector of envs is, apart from its state. */
export function vectorForm({ env, numEnvs, autoreset, groups }: VectorEnvs): Readonly<Record<string, Json>> {
  const kinds = groups.map(({ kind, slots, observation, action }) => [
    kind,
    { slots, observation: observation.toJSON(), action: action.toJSON() },
  ]);
  const params = isStructured(env) ? [] : Object.keys(env.params ?? {}).sort();
  return { env: env.id, numEnvs, autoreset, params, kinds: Object.fromEntries(kinds) };
}
