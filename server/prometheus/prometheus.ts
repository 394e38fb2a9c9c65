import type { Request, Response } from 'express';
import { expose } from '../platform/exposition.ts';
import { processMetrics } from '../platform/processMetrics.ts';
import { companionMetrics, type MetricsSources } from './companionMetrics.ts';

/** Answers a scrape of the companion. */
export function answerScrape(sources: MetricsSources): (request: Request, response: Response) => void {
  return (request, response) => {
    const { contentType, text } = expose([...companionMetrics(sources), ...processMetrics()], request.headers.accept);
    response.setHeader('content-type', contentType);
    response.end(text);
  };
}
