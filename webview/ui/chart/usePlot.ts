import { type Signal, useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { themeVersion } from '../theme.ts';
import type { ChartProps, ChartRange } from './chartProps.ts';
import type { TipSpot } from './ChartTip.tsx';
import { plotData, plotOptions } from './plot.ts';

/** What a chart draws: its props with the series that are shown and the part of the x axis in view. */
export interface Drawn extends ChartProps {
  readonly zoom: ChartRange | undefined;
}

/** The drawing of a chart, which outlives its renderings. */
export interface ChartPlot {
  /** The element that it fills. */
  readonly place: RefObject<HTMLDivElement | null>;
  readonly plot: RefObject<uPlot | undefined>;
  readonly latest: RefObject<Drawn>;
  /** Index of the x under the pointer or the keys. */
  readonly pointed: Signal<number | undefined>;
  readonly spot: Signal<TipSpot | undefined>;
  /** Keys moved it: the values are read out. */
  readonly byKey: Signal<boolean>;
}

/**
 * Keeps a drawing that is made anew when its structure changes, and else takes new values, zoom and highlight as they come.
 * @param isDrawn false while the chart shows a table or nothing: then there is no drawing
 * @param setZoom told when a user drags
 */
export function usePlot(drawn: Drawn, height: number, isDrawn: boolean, setZoom: (range: ChartRange | undefined) => void): ChartPlot {
  const spot = useSignal<TipSpot | undefined>(undefined);
  const pointed = useSignal<number | undefined>(undefined);
  const byKey = useSignal(false);
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(drawn);
  latest.current = drawn;
  const tellZoom = useRef(setZoom);
  tellZoom.current = setZoom;
  const { legend, zoom } = drawn;
  const structure = structureOf(drawn, height, isDrawn);

  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) {
      return undefined;
    }
    const options = plotOptions(() => latest.current, {
      width: Math.max(element.clientWidth, 50),
      height,
      zoomsAlone: drawn.onZoom !== undefined,
      onPoint: (index) => {
        pointed.value = index;
        byKey.value = false;
        const { current: read } = plot;
        spot.value = read !== undefined && index !== undefined && read.over.matches(':hover') ? spotOf(read) : undefined;
      },
      onFocus: legend === undefined ? undefined : (index) => latest.current.legend?.onHighlight(index === undefined ? undefined : latest.current.series[index]?.id),
      onZoom: (range) => {
        tellZoom.current(range);
      },
    });
    const made = new uPlot(options, plotData(latest.current), element);
    applyZoom(made, latest.current.zoom);
    plot.current = made;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0 && element.clientWidth !== made.width) {
        made.setSize({ width: element.clientWidth, height });
      }
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = undefined;
      pointed.value = undefined;
    };
  }, [structure]);

  useEffect(() => {
    plot.current?.setData(plotData(latest.current), zoom === undefined);
    applyZoom(plot.current, zoom);
  }, [drawn.x, drawn.series, drawn.range, zoom?.[0], zoom?.[1]]);

  const highlighted = legend?.highlighted;
  useEffect(() => {
    const { current: made } = plot;
    const at = latest.current.series.findIndex(({ id }) => id === highlighted);
    if (made !== undefined && isInView(made.root)) {
      // Without its hooks: they tell of what the pointer is on.
      made.setSeries(at < 0 ? null : at + 1, { focus: true }, false);
    }
  }, [highlighted, structure]);

  return { place, plot, latest, pointed, spot, byKey };
}

/** What the drawing is made of; the values change without making it anew. */
function structureOf(drawn: Drawn, height: number, isDrawn: boolean): string {
  const { kind, log = false, logX = false, sparse = false, time, sync, increments, series } = drawn;
  return JSON.stringify([themeVersion.value, kind, log, logX, sparse, time, sync, increments?.length, isDrawn, height, series.map(({ id, colour, dash }) => [id, colour, dash])]);
}

/** Where the tip of the values under the pointer stands. */
export function spotOf(plot: uPlot): TipSpot {
  const box = plot.over.getBoundingClientRect();
  const { left = 0, top = 0 } = plot.cursor;
  return { left: box.left + left, top: box.top + top, distance: (value) => Math.abs(plot.valToPos(value, 'y') - top) };
}

/** A change of what cannot be seen would hold up what can. */
function isInView(element: Element): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}

function applyZoom(plot: uPlot | undefined, zoom: ChartRange | undefined): void {
  if (zoom !== undefined) {
    plot?.setScale('x', { min: zoom[0], max: zoom[1] });
  }
}
