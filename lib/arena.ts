import { chooseBuild, instantiate, type KernelBuild, type Kernels } from './engine/wasm/kernels.ts';

const PAGE = 65536;
const ALIGNMENT = 64;

const types = {
  f64: Float64Array,
  f32: Float32Array,
  i32: Int32Array,
  u32: Uint32Array,
  i16: Int16Array,
  u16: Uint16Array,
  i8: Int8Array,
  u8: Uint8Array,
} as const;

/** Typed arrays by the short names of their elements. */
export interface ColumnTypes {
  f64: Float64Array;
  f32: Float32Array;
  i32: Int32Array;
  u32: Uint32Array;
  i16: Int16Array;
  u16: Uint16Array;
  i8: Int8Array;
  u8: Uint8Array;
}

export type ColumnType = keyof ColumnTypes;
export const columnTypes = Object.keys(types) as readonly ColumnType[];
export type Column<T extends ColumnType = ColumnType> = ColumnTypes[T];

/** A column as three numbers, for a thread to make a `view` of. */
export function wordsOf(column: Column): readonly [type: number, pointer: number, length: number] {
  const type = columnTypes.findIndex((name) => column instanceof types[name]);
  return [type, column.byteOffset, column.length];
}

/** Columns to be taken from an arena: name → element type and length. */
export type ColumnSpecs = Readonly<Record<string, readonly [type: ColumnType, length: number]>>;
export type Columns<S extends ColumnSpecs> = { [K in keyof S]: Column<S[K][0]> };

/** The bytes that `take(specs)` uses. @throws RangeError naming a column whose length is no non-negative integer */
export function bytesOf(specs: ColumnSpecs): number {
  return Object.entries(specs).reduce((sum, [name, spec]) => sum + columnBytes(name, ...spec), 0);
}

function columnBytes(name: string, type: ColumnType, length: number): number {
  if (!(Number.isSafeInteger(length) && length >= 0)) {
    throw new RangeError(`Arena: column ${name}: expected a length, got ${length}`);
  }
  return Math.ceil((length * types[type].BYTES_PER_ELEMENT) / ALIGNMENT) * ALIGNMENT;
}

export interface ArenaOptions {
  /** The kernels whose bits are the same on every machine. */
  readonly deterministic?: boolean;
  /** Another's memory instead of one of its own. */
  readonly over?: { readonly memory: WebAssembly.Memory; readonly build: KernelBuild };
}

const arenas = new WeakMap<ArrayBufferLike, Arena>();

/**
 * One shared WebAssembly.Memory of fixed capacity. Columns are typed arrays over it, 64-byte aligned and zeroed, and
 * a column's `byteOffset` is its pointer in the kernels. Capacity is fixed because views of a shared memory that
 * has grown stay valid but short; it is computed (`bytesOf`) before the arena is made. Columns live as long as the
 * arena.
 */
export class Arena {
  readonly memory: WebAssembly.Memory;
  readonly build: KernelBuild;
  readonly kernels: Kernels;
  /** Whether its columns are there to be written first: those of an arena `over` another's memory have been. */
  readonly isOriginal: boolean;
  // Pointer 0 means "none" to the kernels, so nothing is placed there.
  #used = ALIGNMENT;

  /** @throws RangeError if the capacity is over wasm32's 4 GiB, or the machine's memory */
  constructor(bytes: number, { deterministic = false, over }: ArenaOptions = {}) {
    const pages = Math.ceil((bytes + ALIGNMENT) / PAGE);
    if (!(pages <= 65536)) {
      throw new RangeError(`Arena: expected at most 4 GiB, got ${(bytes / 2 ** 30).toFixed(1)} GiB`);
    }
    this.memory = over?.memory ?? new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    this.build = over?.build ?? chooseBuild(deterministic);
    this.kernels = instantiate(this.memory, this.build);
    this.isOriginal = over === undefined;
    arenas.set(this.memory.buffer, this);
  }

  /** A thread's arena over the memory of another, whose columns it finds by taking the same in the same order. */
  static over(memory: WebAssembly.Memory, build: KernelBuild): Arena {
    return new Arena(0, { over: { memory, build } });
  }

  /** The arena that a column lives in. @throws TypeError if it lives in none */
  static of(column: ArrayBufferView): Arena {
    const arena = arenas.get(column.buffer);
    if (!arena)
      throw new TypeError('Arena.of: expected a column taken from an arena, got another typed array');
    return arena;
  }

  /** The column that `wordsOf` told. */
  view(type: number, pointer: number, length: number): Column {
    return new types[columnTypes[type]](this.memory.buffer, pointer, length);
  }

  /** Takes columns, zeroed. @throws RangeError naming a column that does not fit, or has no length */
  take<const S extends ColumnSpecs>(specs: S): Columns<S> {
    const columns: Record<string, Column> = {};
    const { buffer } = this.memory;
    for (const [name, [type, length]] of Object.entries(specs)) {
      const bytes = columnBytes(name, type, length);
      if (this.#used + bytes > buffer.byteLength) {
        throw new RangeError(
          `Arena: no room for column ${name} of ${bytes} bytes: ${this.#used} of ${buffer.byteLength} are in use`,
        );
      }
      columns[name] = new types[type](buffer, this.#used, length);
      this.#used += bytes;
    }
    // A copy, whose properties V8 finds by their place: it hashes those of an object that many were added to one by one.
    return { ...columns } as Columns<S>;
  }
}
