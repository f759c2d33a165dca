/** A table of texts under a title. */
import type { ComponentChildren } from 'preact';

/** A head that begins with `#` names a column of numbers. `none`: what stands there without rows. */
export function Table(props: {
  readonly title: string;
  readonly none: string;
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly children?: ComponentChildren;
}) {
  const { title, none, heads, rows, children } = props;
  const className = (i: number) => (heads[i]?.startsWith('#') ? 'number' : 'words');
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {children}
      {rows.length === 0 ? (
        <p class="note">{none}</p>
      ) : (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                {heads.map((head, i) => (
                  <th key={head} scope="col" class={className(i)}>
                    {head.replace('#', '')}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row, at) => (
                <tr key={at}>
                  {row.map((text, i) => (
                    <td key={heads[i]} class={className(i)}>
                      {text}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
