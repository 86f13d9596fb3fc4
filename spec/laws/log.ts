/** Agents of a world that have a line each; of more, so many are told of that did something else than most. */
const MANY = 6;

/** What was done in a case, for whoever reads about it. */
export class Log {
  readonly #actions = new Map<string, string[]>();

  /** Somebody acted: `world 0`, or `world 0, hunter_1`; empty where there is nobody else. */
  acted(who: string, action: unknown): void {
    const all = this.#actions.get(who);
    if (all) all.push(brief(action));
    else this.#actions.set(who, [brief(action)]);
  }

  /** Whose actions, and what they were, repetitions counted: `0 1 ×3`. Many agents of a world share a line. */
  get lines(): string[] {
    const worlds = new Map<string, [name: string, actions: string][]>();
    for (const [who, actions] of this.#actions) {
      const [world, agent = ''] = who.split(', ');
      worlds.set(world, [...(worlds.get(world) ?? []), [agent, counted(actions)]]);
    }
    return [...worlds].flatMap(([world, agents]) => {
      const of = world && ` of ${world}`;
      if (agents.length > MANY) return [`actions${of}: ${shared(agents)}`];
      return agents.map(([agent, actions]) => `actions${of}${agent && `, ${agent}`}: ${actions}`);
    });
  }
}

/** The actions of those agents who did not do what most of them did: `agent[3] 1 ×2; all others 0`. */
function shared(agents: readonly (readonly [name: string, actions: string])[]): string {
  const counts = new Map<string, number>();
  for (const [, actions] of agents) counts.set(actions, (counts.get(actions) ?? 0) + 1);
  const [usual] = [...counts].reduce((most, next) => (next[1] > most[1] ? next : most));
  const others = agents.filter(([, actions]) => actions !== usual);
  const told = others.slice(0, MANY).map(([name, actions]) => `${name} ${actions}`);
  const left = others.length > MANY ? [`… ${others.length - MANY} more`] : [];
  return [...told, ...left, `all ${others.length > 0 ? 'others ' : ''}${usual}`].join('; ');
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
