import { loadRenderers } from './load.ts';

/** Few and small: what draws is loaded when it is asked for. The build takes them in as they are (see build.ts). */
export const RENDERERS = await loadRenderers();
