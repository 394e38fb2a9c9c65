const minute = 60_000;

/** The time spans that can be chosen; `auto` takes the shortest one with traffic in it. */
export const spans = ['auto', '15m', '1h', '24h', '7d'] as const;
export type Span = (typeof spans)[number];
export type FixedSpan = Exclude<Span, 'auto'>;

export const spanMilliseconds: Readonly<Record<FixedSpan, number>> = { '15m': 15 * minute, '1h': 60 * minute, '24h': 1440 * minute, '7d': 7 * 1440 * minute };
export const spanLabels: Readonly<Record<Span, string>> = { auto: 'Auto', '15m': '15 min', '1h': '1 h', '24h': '24 h', '7d': '7 d' };

const fixedSpans: readonly FixedSpan[] = ['15m', '1h', '24h', '7d'];

/**
 * Loads the wanted span; of `auto` the shortest with requests, and the shortest of all when none has any.
 * @param start the span that `auto` tries first, so that a panel that updates does not jump back and forth.
 */
export async function loadSpan<T>(wanted: Span, start: FixedSpan, load: (span: FixedSpan) => Promise<T>, hasTraffic: (loaded: T) => boolean): Promise<{ readonly span: FixedSpan; readonly loaded: T }> {
  if (wanted !== 'auto') {
    return { span: wanted, loaded: await load(wanted) };
  }
  let shortest: { readonly span: FixedSpan; readonly loaded: T } | undefined;
  for (const span of fixedSpans.slice(fixedSpans.indexOf(start))) {
    const loaded = await load(span);
    shortest ??= { span, loaded };
    if (hasTraffic(loaded)) {
      return { span, loaded };
    }
  }
  return shortest ?? { span: start, loaded: await load(start) };
}
