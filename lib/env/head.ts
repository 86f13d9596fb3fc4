import { nearest } from '../nearest.ts';

/** What all envs have. */
export interface EnvHead {
  /** Gymnasium's form, Name-v0. */
  readonly id: string;
  /** Steps after which an episode is truncated; absent: when the env itself says so, or never. */
  readonly maxEpisodeSteps?: number;
  /** The mean return at which the env counts as solved, where the field has agreed on one. */
  readonly threshold?: number;
  /** The module that exports the env, `import.meta.url`: threads load it from there, by its id. */
  readonly module?: string;
}

/** Checks it. @throws TypeError or RangeError naming what is missing or out of range */
export function checkHead(caller: string, { id, maxEpisodeSteps, threshold, module }: EnvHead): void {
  if (typeof id !== 'string' || !/^[\w./-]+-v\d+$/.test(id)) {
    throw new TypeError(`${caller}: id must be of the form Name-v0, got ${JSON.stringify(id)}`);
  }
  if (maxEpisodeSteps !== undefined && !(Number.isInteger(maxEpisodeSteps) && maxEpisodeSteps > 0)) {
    throw new RangeError(
      `${caller} ${id}: maxEpisodeSteps must be a positive integer, got ${maxEpisodeSteps}`,
    );
  }
  if (threshold !== undefined && !isNumber(threshold)) {
    throw new TypeError(`${caller} ${id}: threshold must be a number, got ${threshold}`);
  }
  if (module !== undefined && !(typeof module === 'string' && URL.canParse(module)))
    throw new TypeError(`${caller} ${id}: module must be a URL, like import.meta.url, got ${module}`);
}

export function isNumber(value: unknown): boolean {
  return typeof value === 'number' && !Number.isNaN(value);
}

/** @throws TypeError naming a key that is not known: misspelt, it would be missed without a word */
export function checkKeys(caller: string, id: string, given: object, known: readonly string[]): void {
  const strange = Object.keys(given).find((key) => !known.includes(key));
  if (strange === undefined) return;
  const guess = nearest(strange, known);
  throw new TypeError(
    `${caller} ${id}: unknown key ${strange}${guess ? `; did you mean ${guess}?` : ''} It may have ${known.join(', ')}`,
  );
}
