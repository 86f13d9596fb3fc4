import { canonicalJson } from '../checkpoint.ts';
import { CheckpointError } from '../errors.ts';
import type { Json } from '../nouns.ts';
import { field } from '../space/paths.ts';
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

/** Checks that a saved form is the expected one. @throws CheckpointError naming the first difference */
export function checkForm(expected: Json, found: Json, path: string): void {
  if (isNested(expected) && isNested(found)) {
    for (const name of new Set([...Object.keys(expected), ...Object.keys(found)]))
      checkForm(
        own(expected, name),
        own(found, name),
        Array.isArray(expected) ? `${path}[${name}]` : field(path, name),
      );
  }
  if (canonicalJson(expected) !== canonicalJson(found))
    throw new CheckpointError(`checkpoint: ${path}: expected ${brief(expected)}, got ${brief(found)}`);
}

function isNested(json: Json): json is Readonly<Record<string, Json>> {
  return typeof json === 'object' && json !== null;
}

function own(json: Readonly<Record<string, Json>>, name: string): Json {
  return Object.hasOwn(json, name) ? json[name] : null;
}

function brief(json: Json): string {
  const text = canonicalJson(json);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
