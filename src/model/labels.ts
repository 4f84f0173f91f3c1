/** What is kept of a path: all of it, its last part, or a hash. */
export const LABEL_MODES = ['full_path', 'basename', 'hashed'] as const;
export type LabelMode = (typeof LABEL_MODES)[number];

export const modeOf = (text: unknown): LabelMode => LABEL_MODES.find((mode) => mode === text) ?? 'full_path';
