/** The path of a field: `observation.inventory`, or `observation["a b"]` where the name is no identifier. */
export function field(path: string, name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}

/** What a value is, for a message. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (ArrayBuffer.isView(value)) return Object.prototype.toString.call(value).slice(8, -1);
  return Array.isArray(value) ? 'an array' : typeof value;
}

/** A value for a message: itself where that is short, else what it is. */
export function show(value: unknown): string {
  if (typeof value === 'string') return value.length > 40 ? 'a long string' : JSON.stringify(value);
  return typeof value === 'object' || typeof value === 'function' ? kindOf(value) : String(value);
}
