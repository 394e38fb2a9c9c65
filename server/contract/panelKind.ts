import { z } from 'zod';

export const panelKind = z.enum(['compare', 'registry', 'monitoring', 'releases']);
export type PanelKind = z.infer<typeof panelKind>;
