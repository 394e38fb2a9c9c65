import express, { type Express } from 'express';
import { apiPrefix } from './contract/route.ts';
import { companionHeader } from './client/discover.ts';
import type { CompanionContext } from './platform/context.ts';
import { sendLinkPage } from './companion/linkPage.ts';
import { companionRouter, type CompanionControl } from './companion/routes.ts';
import type { Features } from './features.ts';
import { Problem } from './platform/errors.ts';
import { streamEvents } from './platform/http/events.ts';
import { answerFailure } from './platform/http/failure.ts';
import { checkHostAndOrigin, requireToken } from './platform/http/guard.ts';
import { requireScrapeToken } from './platform/http/scrapeToken.ts';
import { proofHeader, prove } from './platform/http/proof.ts';
import { answerScrape } from './prometheus/prometheus.ts';

/** Notebook outputs with figures are the largest bodies of the companion's own API. */
const bodyLimit = '64mb';

/**
 * The companion's HTTP surface. Every route but `/health` and the page at the root wants the token; `/metrics` a token of its own, which opens nothing else.
 * @param touched called for each authenticated request
 */
export function createApp(context: CompanionContext, features: Features, control: CompanionControl, touched: () => void): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get('/health', (request, response) => {
    if (control.isEnding()) {
      // Nobody may take it for one that stays.
      response.status(503).type('text/html').send('ENDING');
      return;
    }
    const { nonce } = request.query;
    const proof = typeof nonce === 'string' ? prove(control.token, nonce, process.pid, control.port) : undefined;
    response.setHeader(companionHeader, String(process.pid));
    if (proof !== undefined) {
      response.setHeader(proofHeader, proof);
    }
    response.type('text/html').send('OK');
  });
  app.use(checkHostAndOrigin);
  app.get('/', sendLinkPage);
  // Before what keeps the companion up: it is scraped also where nobody needs it.
  app.get('/metrics', (request, _response, next) => {
    requireScrapeToken(context.home, request.headers.authorization);
    next();
  }, answerScrape(features.metrics));
  app.use(requireToken(control.token));
  app.use((_request, _response, next) => {
    touched();
    next();
  });
  app.get(`${apiPrefix}/events`, streamEvents(context.events));
  if (features.mlflow !== undefined) {
    app.use(features.mlflow);
  }
  const own = express.Router();
  own.use(express.json({ limit: bodyLimit }));
  own.use(companionRouter(control));
  for (const { router } of features.all) {
    if (router !== undefined) {
      own.use(router);
    }
  }
  app.use(apiPrefix, own);
  app.use((request, _response, next) => {
    next(new Problem('not-found', `There is no ${request.method} ${request.path}.`));
  });
  app.use(answerFailure(context.log));
  return app;
}
