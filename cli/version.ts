import { createRequire } from 'node:module';

/** The package's version. */
export const { version } = createRequire(import.meta.url)('pufferflow/package.json') as { version: string };
