/** What was done in a case, for whoever reads about it. */
export class Log {
  readonly #actions = new Map<string, string[]>();

  /** Somebody acted: `world 0`, or `world 0, hunter_1`; empty where there is nobody else. */
  acted(who: string, action: unknown): void {
    const all = this.#actions.get(who);
    if (all) all.push(brief(action));
    else this.#actions.set(who, [brief(action)]);
  }

  /** Whose actions, and what they were, repetitions counted: `0 1 ×3`. */
  get lines(): string[] {
    return [...this.#actions].map(([who, actions]) => `actions${who && ` of ${who}`}: ${counted(actions)}`);
  }
}

/** A value in a few characters. */
export function brief(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (Object.is(value, -0)) return '-0';
  if (typeof value !== 'object' || value === null) return String(value);
  const array = Array.isArray(value) || ArrayBuffer.isView(value);
  const parts = array
    ? Array.from(value as ArrayLike<unknown>, brief)
    : Object.entries(value).map(([name, item]) => `${name}: ${brief(item)}`);
  const shown = parts.length > 8 ? [...parts.slice(0, 7), `… ${parts.length - 7} more`] : parts;
  return array ? `[${shown.join(', ')}]` : `{ ${shown.join(', ')} }`;
}

function counted(actions: readonly string[]): string {
  const runs: [action: string, count: number][] = [];
  for (const action of actions) {
    const last = runs.at(-1);
    if (last?.[0] === action) last[1]++;
    else runs.push([action, 1]);
  }
  return runs.map(([action, count]) => (count > 1 ? `${action} ×${count}` : action)).join(' ');
}
