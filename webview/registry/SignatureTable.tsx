import type { VNode } from 'preact';
import type { Signature } from '../../server/contract/registry.ts';
import { formatShape } from '../../server/contract/format/shapes.ts';
import { Badge } from '../ui/blocks.tsx';

/** The input and output schema. */
export function SignatureTable({ signature }: { readonly signature: Signature }): VNode {
  const sides = [
    { title: 'Input', columns: signature.inputs },
    { title: 'Output', columns: signature.outputs },
  ];
  return (
    <div class="table-scroll signature" role="region" aria-label="Signature" tabIndex={0}>
      {sides
        .filter(({ columns }) => columns.length > 0)
        .map(({ title, columns }) => (
          <table key={title} class="table">
            <thead>
              <tr>
                <th scope="col">{title}</th>
                <th scope="col">Type</th>
              </tr>
            </thead>
            <tbody>
              {columns.map((column, index) => (
                <tr key={column.name ?? index}>
                  <th scope="row">
                    <code>{column.name ?? (columns.length === 1 ? title.toLowerCase() : `#${index}`)}</code>
                  </th>
                  <td>
                    {column.type}
                    {column.shape !== undefined && <span class="muted"> {formatShape(column.shape)}</span>}
                    {!column.required && <Badge>optional</Badge>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        ))}
    </div>
  );
}
