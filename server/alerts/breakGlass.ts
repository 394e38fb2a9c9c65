import type { AlertTable } from './alertTable.ts';
import type { Delivery } from './delivery.ts';

/**
 * Opens an incident of an endpoint that went to production past gates and approvals, or writes it into the one that this has opened already. No rule ends it: a person resolves it.
 * Call inside the transaction of what it is about.
 */
export function openBreakGlass({ table, delivery, changed }: { readonly table: AlertTable; readonly delivery: Pick<Delivery, 'tell'>; readonly changed: (endpoint: string) => void }, endpoint: string, summary: string): void {
  const now = Date.now();
  const figures = { summary, value: 1, threshold: 0, severity: 'critical' } as const;
  const current = table.current(endpoint, 'break-glass');
  const incident = current?.incident ?? table.fire(table.add({ endpoint, rule: 'break-glass', ...figures }, now), now);
  if (current !== undefined) {
    table.update(current.id, figures);
    table.note(incident, 'note', summary, undefined, now);
  }
  delivery.tell(incident);
  changed(endpoint);
}
