import { z } from 'zod';
import { count, digest, endpointName, flag, timestamp } from './values.ts';
import { route } from './route.ts';
import { orText, orUnknownKind } from './unknown.ts';

/** Labels that one call may bring: they are written in one transaction, which others wait for. */
export const mostLabels = 20_000;

/** What became of the labels of one call. */
export const recordedLabels = z.object({
  received: z.number().int(),
  /** Of rows that had none. */
  added: z.number().int(),
  /** Put in the place of another label of the same row, which is kept in the history. */
  corrected: z.number().int(),
  /** Said what was known. */
  unchanged: z.number().int(),
  /** Older, by their own time, than the label that is known: kept in the history alone. */
  outdated: z.number().int(),
  /** Whose predictions are known by now; the others wait for theirs. Null while the log is still being read, and where nothing was written. */
  joined: z.number().int().nullable(),
});
export type RecordedLabels = z.infer<typeof recordedLabels>;

export const metricIds = ['accuracy', 'precision', 'recall', 'f1', 'auc', 'log-loss', 'brier', 'calibration-error', 'mae', 'rmse', 'r2'] as const;
export type MetricId = (typeof metricIds)[number];

/** How the interval of a metric is computed. */
export const intervalIds = ['wilson', 'f-star', 'delong', 'delta', 'mean'] as const;
export type IntervalId = (typeof intervalIds)[number];

export interface MetricFacts {
  readonly label: string;
  /** Which direction is better. */
  readonly better: 'greater' | 'smaller';
  /** True for shares, which are shown in percent. */
  readonly isShare: boolean;
}

export const metricFacts: Readonly<Record<MetricId, MetricFacts>> = {
  accuracy: { label: 'Accuracy', better: 'greater', isShare: true },
  precision: { label: 'Precision', better: 'greater', isShare: true },
  recall: { label: 'Recall', better: 'greater', isShare: true },
  f1: { label: 'F1', better: 'greater', isShare: false },
  auc: { label: 'AUC', better: 'greater', isShare: false },
  'log-loss': { label: 'Log loss', better: 'smaller', isShare: false },
  brier: { label: 'Brier score', better: 'smaller', isShare: false },
  'calibration-error': { label: 'Calibration error', better: 'smaller', isShare: false },
  mae: { label: 'MAE', better: 'smaller', isShare: false },
  rmse: { label: 'RMSE', better: 'smaller', isShare: false },
  r2: { label: 'R²', better: 'greater', isShare: false },
};

/** What an interval is, with its source. All are of 95 %. */
export const intervalFacts: Readonly<Record<IntervalId, string>> = {
  wilson: '95 % score interval of a proportion (E. B. Wilson, 1927)',
  'f-star': '95 % score interval of TP / (TP + FP + FN), brought to F1 (D. J. Hand, P. Christen, N. Kirielle, F*: an interpretable transformation of the F-measure, 2021; E. B. Wilson, 1927)',
  delong: '95 % interval by the variance of E. R. DeLong, D. M. DeLong and D. L. Clarke-Pearson, 1988',
  delta: '95 % interval by the delta method (A. W. van der Vaart, Asymptotic Statistics, 1998, chapter 3)',
  mean: '95 % interval of a mean by the central limit theorem',
};

export const metricFigure = z.object({
  metric: orText(z.enum(metricIds)),
  /** Null where it is not defined for these rows. */
  value: z.number().nullable(),
  /** Why there is no value. */
  reason: z.string().optional(),
  /** Absent below 30 rows, and where the metric has no interval. */
  interval: z.object({ low: z.number(), high: z.number(), method: orText(z.enum(intervalIds)) }).optional(),
});
export type MetricFigure = z.infer<typeof metricFigure>;

/** What the predictions were compared as. */
export const evaluation = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('binary'),
    metrics: z.array(metricFigure),
    positive: z.string(),
    /** From which score on a prediction counts as positive, where the model answered scores alone. */
    threshold: z.number().optional(),
    confusion: z.object({ truePositives: z.number(), falsePositives: z.number(), falseNegatives: z.number(), trueNegatives: z.number() }),
    /** Of ten bins of equal width: mean score and share of positives. Empty where there are no scores. */
    calibration: z.array(z.object({ rows: z.number(), meanScore: z.number(), positives: z.number() })),
  }),
  /** Precision, recall and F1 are unweighted means over the classes. */
  z.object({ kind: z.literal('multiclass'), metrics: z.array(metricFigure), classes: z.number().int() }),
  z.object({ kind: z.literal('regression'), metrics: z.array(metricFigure), meanLabel: z.number() }),
  z.object({ kind: z.literal('not-evaluated'), reason: z.string() }),
]);
export type Evaluation = z.infer<typeof evaluation>;

/** Predictions of a span, and what their labels say of them. */
export const performancePart = z.object({
  /** Rows that were predicted. */
  predictions: z.number().int(),
  /** Of these those whose answer is not in the log: it was left out of the sample, is over 1 MiB or of an unknown form. */
  unknown: z.number().int(),
  /** Rows with a prediction and a label: what the metrics cover. */
  labelled: z.number().int(),
  evaluation: orUnknownKind(evaluation),
});
export type PerformancePart = z.infer<typeof performancePart>;

export const performance = z.object({
  endpoint: endpointName,
  from: timestamp,
  to: timestamp,
  total: performancePart,
  /** By when the predictions were made; windows without predictions are left out. */
  windows: z.array(z.object({ from: timestamp, to: timestamp, part: performancePart })),
  releases: z.array(z.object({ release: digest, modelVersion: z.number().int().optional(), part: performancePart })),
  /** All labels of the endpoint, whatever their time. */
  labels: z.object({
    current: z.number().int(),
    /** Labels that another one has replaced. */
    replaced: z.number().int(),
    lastReceivedAt: timestamp.nullable(),
    /** Input columns by which labels came. */
    keyColumns: z.array(z.string()),
  }),
  /** Hours from prediction to the receipt of its label, of the labelled rows: half of them, and nine of ten, came within so many. */
  delay: z.object({ p50: z.number(), p90: z.number() }).nullable(),
  /** False while the log is still being read: then there are predictions that are not counted yet. */
  isComplete: z.boolean(),
});
export type Performance = z.infer<typeof performance>;

export const performanceRoutes = {
  recordLabels: route({
    method: 'POST',
    path: '/endpoints/:name/labels',
    summary: 'What was true of rows that an endpoint predicted: JSON, CSV (text/csv) or JSON Lines (application/x-ndjson)',
    input: z.object({
      name: endpointName,
      /**
       * Objects with `label`, and `request_id` (with `row`, from 0, where the request had several) or the key column by its name; `at`: since when the
       * label is known, ISO 8601 or epoch milliseconds.
       */
      labels: z.array(z.record(z.string(), z.unknown())).optional(),
      /** The same as text: CSV with a header, or JSON Lines. */
      csv: z.string().optional(),
      jsonLines: z.string().optional(),
      /** The input column that says which row a label is of, in the place of request ids. */
      keyColumn: z.string().min(1).max(500).optional(),
      /** The field or column with the labels. */
      labelColumn: z.string().min(1).max(500).default('label'),
      /** Who says so, such as `billing`. */
      source: z.string().max(200).default(''),
      /** Only looks whether all of them could be written. */
      check: flag.default(false),
    }),
    output: recordedLabels,
  }),
  getPerformance: route({
    method: 'GET',
    path: '/endpoints/:name/performance',
    summary: 'Predictions beside their labels: metrics with intervals and coverage, by window and release',
    panels: ['monitoring'],
    input: z.object({
      name: endpointName,
      /** Epoch milliseconds, of the predictions; default: the last 30 days. */
      from: z.coerce.number().int().optional(),
      to: z.coerce.number().int().optional(),
      /** At most so many windows. */
      windows: count.max(200).default(30),
    }),
    output: performance,
  }),
};
