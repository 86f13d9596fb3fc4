/** What a thread is to do: to be found and called on every one. */
export interface Opening {
  /** URL of the module, and the name of its export, that makes the nouns: an `Opener` of lib/node/worker. */
  readonly opener: { readonly module: string; readonly name: string };
  /** Where the env comes from. */
  readonly env: { readonly module: string; readonly id: string };
  /** What the opener is told, as JSON. */
  readonly data: unknown;
}

/**
 * Where threads find an env.
 *
 * @param module the URL that exports it, if it is not the one that its definition names
 * @throws TypeError if neither says
 */
export function originOf(
  caller: string,
  env: { readonly id: string; readonly module?: string },
  module = env.module,
): Opening['env'] {
  if (module !== undefined) return { module, id: env.id };
  throw new TypeError(
    `${caller}: ${env.id} does not say where threads find it: give its definition module: import.meta.url`,
  );
}

/** Threads that are asked for: one for each of these members of a crew. */
export interface StartOptions {
  readonly memory: WebAssembly.Memory;
  /** The kernels over it. */
  readonly build: 'simd' | 'relaxed-simd';
  readonly size: number;
  readonly members: readonly number[];
  readonly opening: Opening;
}

/** Threads that were started for a crew. */
export interface Threads {
  /** Rejects when a thread ends otherwise than by leaving. */
  readonly ended: Promise<void>;
  /** Ends those that have not left. */
  stop(): void;
}
