// HTML written so that nothing gets in unescaped: a template whose values are text, unless they are markup themselves.

export interface Markup {
  readonly markup: string;
}

type Value = string | number | Markup | readonly Markup[];

/** `html\`<td>${name}</td>\``: text is escaped for content and for quoted attributes. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  const written = values.map((value) => {
    if (typeof value === 'string' || typeof value === 'number') return escaped(String(value));
    return 'markup' in value ? value.markup : value.map(({ markup }) => markup).join('\n');
  });
  return { markup: parts.map((part, place) => part + (written[place] ?? '')).join('') };
}

/** Markup from elsewhere that is safe as it is: a chart of ours. */
export function trusted(markup: string): Markup {
  return { markup };
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }; // prettier-ignore

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (one) => entities[one] ?? one);
}
