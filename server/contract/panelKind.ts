import { z } from 'zod';

export const panelKind = z.enum(['compare', 'registry', 'monitoring', 'releases', 'fleet', 'promotion']);
export type PanelKind = z.infer<typeof panelKind>;
