import { type PointerEvent, useEffect, useRef, useState } from 'react';
import { dateTime, tick } from '../format/times.ts';
import { useWords } from '../words/index.ts';
import { labelEvery, ticksUpTo } from './scale.ts';

export type Series = {
  readonly key: string;
  readonly name: string;
  /** A class that fills. */
  readonly fill: string;
  /** One for each bucket. */
  readonly values: readonly number[];
};

type StackedBarsProps = {
  /** What the chart shows, for readers of screens; the numbers stand in the table beneath. */
  readonly label: string;
  readonly buckets: readonly { readonly start: string; readonly end: string }[];
  readonly series: readonly Series[];
  readonly write: (value: number) => string;
};

const HEIGHT = 220;
const LEFT = 56;
const BOTTOM = 22;
const TOP = 8;
const LABEL_WIDTH = 84;

/** Bars over time, each cut into groups. A group is one path, so that a year of days by ten groups is ten shapes. */
export function StackedBars({ label, buckets, series, write }: StackedBarsProps) {
  const { t, language } = useWords();
  const [box, width] = useWidth();
  const [at, setAt] = useState<number>();
  const sums = buckets.map((_, index) => series.reduce((sum, { values }) => sum + Math.max(0, values[index] ?? 0), 0));
  const ticks = ticksUpTo(Math.max(0, ...sums));
  const highest = ticks.at(-1) ?? 1;
  const plotWidth = Math.max(1, width - LEFT);
  const plotHeight = HEIGHT - BOTTOM - TOP;
  const step = plotWidth / Math.max(1, buckets.length);
  const y = (value: number): number => TOP + plotHeight - (value / highest) * plotHeight;
  const stepMs = buckets.length < 2 ? 0 : Date.parse(buckets[1]?.start ?? '') - Date.parse(buckets[0]?.start ?? '');
  const every = labelEvery(buckets.length, Math.floor(plotWidth / LABEL_WIDTH));
  const look = (event: PointerEvent<SVGSVGElement>): void => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left - LEFT;
    const index = Math.floor(x / step);
    setAt(index >= 0 && index < buckets.length ? index : undefined);
  };
  return (
    <figure className="flex flex-col gap-2">
      <div ref={box} className="relative min-w-0 overflow-hidden">
        <svg
          role="img"
          aria-label={label}
          width={width}
          height={HEIGHT}
          className="block touch-pan-y"
          onPointerMove={look}
          onPointerLeave={() => setAt(undefined)}
        >
          {ticks.map((value) => (
            <g key={value}>
              <line x1={LEFT} x2={width} y1={y(value)} y2={y(value)} className="stroke-line" />
              <text x={LEFT - 8} y={y(value) + 4} textAnchor="end" className="fill-dim text-[11px]">
                {write(value)}
              </text>
            </g>
          ))}
          {at !== undefined && (
            <rect x={LEFT + at * step} y={TOP} width={step} height={plotHeight} className="fill-ground" />
          )}
          {pathsOf(series, { step, y }).map(({ key, fill, path }) => (
            <path key={key} d={path} className={fill} />
          ))}
          {buckets.map(
            ({ start }, index) =>
              index % every === 0 && (
                <text
                  key={start}
                  x={labelAt(index, buckets.length, step)}
                  y={HEIGHT - 5}
                  textAnchor={anchorOf(index, buckets.length, step)}
                  className="fill-dim text-[11px]"
                >
                  {tick(start, language, stepMs)}
                </text>
              ),
          )}
        </svg>
        {at !== undefined && (
          <div
            className={`pointer-events-none absolute top-2 z-10 max-w-72 rounded-lg border border-line bg-raised px-3 py-2 text-[13px] shadow-lg ${at > buckets.length / 2 ? 'left-16' : 'right-2'}`}
          >
            <p className="font-medium">{dateTime(buckets[at]?.start ?? '', language)}</p>
            <ul>
              {series.map(({ key, name, fill, values }) => (
                <li key={key} className="flex items-center gap-2">
                  <Dot fill={fill} />
                  <span className="truncate">{name}</span>
                  <span className="ml-auto pl-3 tabular-nums">{write(values[at] ?? 0)}</span>
                </li>
              ))}
            </ul>
            {series.length > 1 && (
              <p className="flex justify-between border-t border-line pt-1">
                <span>{t('overview.total')}</span>
                <span className="tabular-nums">{write(sums[at] ?? 0)}</span>
              </p>
            )}
          </div>
        )}
      </div>
      <figcaption className="flex flex-wrap gap-x-4 gap-y-1 text-[13px] text-dim">
        {series.map(({ key, name, fill }) => (
          <span key={key} className="flex min-w-0 items-center gap-1.5">
            <Dot fill={fill} />
            <span className="max-w-72 truncate" title={name}>
              {name}
            </span>
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

export function Dot({ fill }: { readonly fill: string }) {
  return (
    <svg viewBox="0 0 8 8" className="size-2 shrink-0" aria-hidden="true">
      <circle cx="4" cy="4" r="4" className={fill} />
    </svg>
  );
}

/** The labels at the ends begin and end with their bars where these are narrower than a label, so that none is cut off. */
function anchorOf(index: number, length: number, step: number): 'start' | 'middle' | 'end' {
  if (step >= LABEL_WIDTH) return 'middle';
  if (index === 0) return 'start';
  return index === length - 1 ? 'end' : 'middle';
}

function labelAt(index: number, length: number, step: number): number {
  const offset = { start: 0, middle: step / 2, end: step };
  return LEFT + index * step + offset[anchorOf(index, length, step)];
}

/** Each group as one shape that lies on those before it. What is below nothing is drawn as nothing. */
function pathsOf(
  series: readonly Series[],
  { step, y }: { readonly step: number; readonly y: (value: number) => number },
): readonly { readonly key: string; readonly fill: string; readonly path: string }[] {
  const below = Array.from({ length: series[0]?.values.length ?? 0 }, () => 0);
  const gap = step > 6 ? 1.5 : step > 3 ? 0.5 : 0;
  return series.map(({ key, fill, values }) => {
    const parts: string[] = [];
    for (const [index, value] of values.entries()) {
      if (value <= 0) continue;
      const from = below[index] ?? 0;
      below[index] = from + value;
      const x = LEFT + index * step + gap;
      parts.push(
        `M${x.toFixed(1)} ${y(from).toFixed(1)}H${(x + step - 2 * gap).toFixed(1)}V${y(from + value).toFixed(1)}H${x.toFixed(1)}Z`,
      );
    }
    return { key, fill, path: parts.join('') };
  });
}

/** The width of an element as it is now. */
function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(600);
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 600)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [box, width] as const;
}
