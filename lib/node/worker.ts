import type { MemberStart } from './member.ts';

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/** A thread's task. The loader of TypeScript, where this runs from source, is not inherited by threads. */
export default async function work(start: MemberStart): Promise<void> {
  if (extension === 'ts') (await import('tsx/esm/api')).register();
  const { serve } = await import(new URL(`./member.${extension}`, import.meta.url).href);
  await serve(start);
}
